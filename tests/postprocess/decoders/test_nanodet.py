from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from postprocess.decoders import DecodeOptions
from postprocess.decoders.nanodet import decode_nanodet

STRIDES = (8, 16, 32)
BINS, CLASSES = 11, 80
OPTIONS = DecodeOptions(416, 416, min_score=0.35)
NEVER = -60.0  # a logit whose share of the softmax is nothing
Array = NDArray[np.float32]


def side_logits(bins: float) -> Array:
    """11 logits whose softmax expectation is ``bins``: all mass on the two whole numbers beside it."""
    below = min(int(bins), BINS - 2)
    logits = np.full(BINS, NEVER)
    for number, share in ((below, 1 - (bins - below)), (below + 1, bins - below)):
        if share > 0:
            logits[number] = np.log(share)
    return logits


def silence(options: DecodeOptions = OPTIONS) -> dict[int, tuple[Array, Array]]:
    """For each stride scores [1, n, 80] of nothing and distances [1, n, 44]."""
    maps = {}
    for stride in STRIDES:
        cells = -(-options.height // stride) * -(-options.width // stride)
        maps[stride] = np.zeros((1, cells, CLASSES), np.float32), np.zeros((1, cells, 4 * BINS), np.float32)
    return maps


def plant(maps: dict[int, tuple[Array, Array]], stride: int, box: Array, score: float, columns: int = 0) -> None:
    """Write a box into the cell of a stride in which its centre lies."""
    columns = columns or OPTIONS.width // stride
    x, y = int((box[0] + box[2]) / 2 / stride), int((box[1] + box[3]) / 2 / stride)
    centre_x, centre_y = (x + 0.5) * stride, (y + 0.5) * stride
    distances = (centre_x - box[0], centre_y - box[1], box[2] - centre_x, box[3] - centre_y)
    assert all(0 <= distance <= (BINS - 1) * stride for distance in distances), "no such box at this stride"
    scores, logits = maps[stride]
    scores[0, y * columns + x, 0] = score
    logits[0, y * columns + x] = np.concatenate([side_logits(distance / stride) for distance in distances])


def outputs(maps: dict[int, tuple[Array, Array]]) -> list[Array]:
    return [array for pair in maps.values() for array in pair]


def test_nobody() -> None:
    found = decode_nanodet(outputs(silence()), OPTIONS)
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)
    assert found.boxes.dtype == found.scores.dtype == np.float32


@pytest.mark.parametrize(
    ("stride", "box"),
    [
        (8, (100.0, 60.0, 130.0, 150.0)),
        (8, (0.5, 0.25, 7.0, 7.5)),
        (16, (200.3, 100.7, 290.1, 260.9)),
        (32, (10.0, 20.0, 330.0, 330.0)),
        (32, (384.0, 384.0, 416.0, 416.0)),
    ],
)
def test_a_box_of_each_stride_is_found_exactly(
    stride: int, box: tuple[float, ...], reproduces: Callable[..., None]
) -> None:
    maps = silence()
    plant(maps, stride, np.array(box), 0.8)
    found = decode_nanodet(outputs(maps), OPTIONS)
    assert found.boxes.shape == (1, 4)
    reproduces("NanoDet", outputs(maps), np.abs(found.boxes[0] - np.array(box)).max(), 1e-2)
    assert found.scores.tolist() == pytest.approx([0.8])


@given(
    stride=st.sampled_from(STRIDES),
    centre=st.tuples(st.floats(100, 316), st.floats(100, 316)),
    sides=st.lists(st.floats(0.6, 9.4), min_size=4, max_size=4),
    step=st.tuples(st.integers(-2, 2), st.integers(-2, 2)),
)
def test_a_box_moved_by_whole_cells_is_found_moved(
    stride: int, centre: tuple[float, float], sides: list[float], step: tuple[int, int]
) -> None:
    cell = np.floor(np.array(centre) / stride)
    found = []
    for moved in (cell, cell + np.array(step) * (stride < 32)):
        middle = (moved + 0.5) * stride
        truth = np.concatenate([middle - np.array(sides[:2]) * stride, middle + np.array(sides[2:]) * stride])
        maps = silence()
        scores, logits = maps[stride]
        row = int(moved[1]) * (OPTIONS.width // stride) + int(moved[0])
        scores[0, row, 0] = 0.9
        logits[0, row] = np.concatenate([side_logits(side) for side in sides])
        boxes = decode_nanodet(outputs(maps), OPTIONS).boxes
        assert np.abs(boxes[0] - truth).max() < 1e-2
        found.append(boxes[0])
    assert np.abs(found[1] - found[0] - np.tile(step, 2) * stride * (stride < 32)).max() < 1e-2


def test_a_mirrored_picture_gives_mirrored_boxes() -> None:
    box = np.array([100.0, 60.0, 131.0, 149.0])
    flipped = np.array([OPTIONS.width - box[2], box[1], OPTIONS.width - box[0], box[3]])
    maps, mirror = silence(), silence()
    plant(maps, 8, box, 0.8)
    plant(mirror, 8, flipped, 0.8)
    one, other = (decode_nanodet(outputs(each), OPTIONS).boxes[0] for each in (maps, mirror))
    assert np.abs(other[[2, 1, 0, 3]] * [-1, 1, -1, 1] + [416, 0, 416, 0] - one).max() < 1e-2


def test_columns_and_rows_are_not_taken_for_each_other() -> None:
    options = DecodeOptions(96, 160, min_score=0.35)
    maps = silence(options)
    plant(maps, 8, np.array([120.0, 10.0, 150.0, 40.0]), 0.8, columns=20)
    found = decode_nanodet(outputs(maps), options)
    assert np.abs(found.boxes - [[120, 10, 150, 40]]).max() < 1e-2


def test_a_side_that_is_not_a_multiple_of_the_stride_counts_its_last_cell() -> None:
    options = DecodeOptions(100, 100, min_score=0.35)
    maps = silence(options)
    plant(maps, 32, np.array([90.0, 90.0, 140.0, 140.0]), 0.8, columns=4)
    assert np.abs(decode_nanodet(outputs(maps), options).boxes - [[90, 90, 140, 140]]).max() < 1e-2


def test_of_a_cluster_the_best_box_stays() -> None:
    maps = silence()
    for dx, dy, score in ((0, 0, 0.6), (9, 0, 0.9), (0, 9, 0.5), (9, 9, 0.4)):
        plant(maps, 8, np.array([150.0 + dx / 3, 150 + dy / 3, 218 + dx, 222 + dy]), score)
    plant(maps, 16, np.array([153.0, 150, 227, 222]), 0.7)
    plant(maps, 8, np.array([300.0, 150.0, 360.0, 220.0]), 0.45)
    found = decode_nanodet(outputs(maps), OPTIONS)
    assert found.scores.tolist() == pytest.approx([0.9, 0.45])
    assert np.abs(found.boxes - [[153, 150, 227, 222], [300, 150, 360, 220]]).max() < 1e-2


def test_other_classes_and_doubtful_cells_are_dropped() -> None:
    maps = silence()
    plant(maps, 8, np.array([100.0, 60.0, 130.0, 150.0]), 0.34)
    plant(maps, 16, np.array([200.0, 100.0, 290.0, 260.0]), 0.0)
    maps[16][0][0, :, 1:] = 0.99
    assert decode_nanodet(outputs(maps), OPTIONS).boxes.shape == (0, 4)


def test_huge_logits_do_not_overflow() -> None:
    maps = silence()
    plant(maps, 8, np.array([100.0, 60.0, 130.0, 150.0]), 0.8)
    maps[8][1][0] += 1e4
    assert np.abs(decode_nanodet(outputs(maps), OPTIONS).boxes - [[100, 60, 130, 150]]).max() < 1e-2


def test_the_order_of_the_outputs_does_not_matter() -> None:
    maps = silence()
    plant(maps, 32, np.array([10.0, 20.0, 330.0, 330.0]), 0.8)
    one, other = decode_nanodet(outputs(maps), OPTIONS), decode_nanodet(outputs(maps)[::-1], OPTIONS)
    assert np.array_equal(one.boxes, other.boxes)


@pytest.mark.parametrize(
    ("spoil", "got"),
    [
        (lambda maps: maps.clear(), "no output"),
        (lambda maps: maps.pop(32), "[1, 2704, 80]"),
        (lambda maps: maps.update({16: (maps[16][0][..., :79], maps[16][1])}), "[1, 676, 79]"),
        (lambda maps: maps.update({16: (maps[16][0], maps[16][1][..., :32])}), "[1, 676, 32]"),
        (lambda maps: maps[8][0].fill(np.nan), "NaN or infinity"),
        (lambda maps: maps[8][1].fill(np.inf), "NaN or infinity"),
    ],
)
def test_a_foreign_network_is_refused(spoil: object, got: str) -> None:
    maps = silence()
    spoil(maps)  # type: ignore[operator]
    with pytest.raises(OutputMismatch, match=r"nanodet: wanted .*, got .*; does the card") as caught:
        decode_nanodet(outputs(maps), OPTIONS)
    assert got in str(caught.value)


def test_the_outputs_of_another_input_size_are_refused() -> None:
    with pytest.raises(OutputMismatch, match=r"wanted one output of shape \[1, 1600, 80\]"):
        decode_nanodet(outputs(silence()), DecodeOptions(320, 320, 0.35))
