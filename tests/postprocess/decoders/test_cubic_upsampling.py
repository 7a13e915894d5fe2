import cv2
import numpy as np
import pytest

from postprocess.decoders.cubic_upsampling import (
    MARGIN,
    STRIDE,
    WEIGHTS,
    interpolate,
    patch_and_pixel,
    run_weights,
    with_margin,
)


def test_the_weights_of_each_pixel_sum_to_one_and_mirror_each_other() -> None:
    assert WEIGHTS.sum(axis=1).tolist() == [1.0] * STRIDE
    assert np.array_equal(WEIGHTS[::-1, ::-1], WEIGHTS)


def test_a_margin_repeats_the_edge() -> None:
    maps = np.arange(6, dtype=np.float32).reshape(1, 2, 3)
    grown = with_margin(maps)
    assert grown.shape == (1, 2 + 2 * MARGIN, 3 + 2 * MARGIN)
    assert set(grown[0, : MARGIN + 1, : MARGIN + 1].ravel().tolist()) == {0.0}
    assert set(grown[0, -MARGIN - 1 :, -MARGIN - 1 :].ravel().tolist()) == {5.0}


@pytest.mark.parametrize(("fine", "row", "pixel"), [(4, MARGIN - 1, 0), (3, MARGIN - 2, 7), (11, MARGIN - 1, 7)])
def test_patches_begin_four_pixels_after_a_cell(fine: int, row: int, pixel: int) -> None:
    assert [int(part[0]) for part in patch_and_pixel(np.array([fine]))] == [row, pixel]


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (9, 5)])
def test_every_pixel_is_as_a_resizing_of_the_whole_would_have_it(size: tuple[int, int]) -> None:
    field = np.random.default_rng(0).normal(size=(2, *size)).astype(np.float32)
    whole = [cv2.resize(np.float64(m), None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC) for m in field]
    y, x = np.mgrid[: size[0] * STRIDE, : size[1] * STRIDE].reshape(2, -1)
    fields = np.stack([with_margin(-field), with_margin(field)]).transpose(0, 2, 3, 1)
    values = interpolate(np.ascontiguousarray(fields), np.ones(len(x), np.int64), np.stack([x, y], axis=1))
    assert np.abs(values - np.stack(whole, axis=2).reshape(-1, 2)).max() < 1e-6


def test_more_points_than_are_read_at_once() -> None:
    field = np.random.default_rng(1).normal(size=(1, 10, 10, 2)).astype(np.float32)
    point = np.array([[13, 7]])
    once = interpolate(field, np.zeros(1, np.int64), point)
    often = interpolate(field, np.zeros(40_000, np.int64), np.repeat(point, 40_000, axis=0))
    assert np.array_equal(often, np.repeat(once, 40_000, axis=0))


@pytest.mark.parametrize("length", [1, 7, 10])
def test_a_run_weighs_as_its_pixels_do(length: int) -> None:
    cells = np.random.default_rng(2).normal(size=40)
    runs = run_weights(length)
    for first in range(STRIDE):
        for step in range(length):
            patch, pixel = divmod(first + step, STRIDE)
            alone = WEIGHTS[pixel] @ cells[patch : patch + 4]
            assert runs[first, step] @ cells[: runs.shape[2]] == pytest.approx(alone)
