import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from postprocess.decoders.bicubic_peaks import bicubic_peaks
from synthetic import keypoint_rcnn

Array = NDArray[np.float32]


def same(maps: Array, rows: int, columns: int) -> None:
    found = bicubic_peaks(maps, rows, columns)
    values, places = keypoint_rcnn.resized_peaks(maps, rows, columns)
    assert np.array_equal(found.values, values)
    assert np.array_equal(found.places, places)


SIZES = [(1, 1), (5, 3), (30, 20), (56, 56), (57, 55), (113, 40), (300, 133), (40, 400)]


@pytest.mark.parametrize("size", SIZES)
def test_hills_of_persons(size: tuple[int, int]) -> None:
    boxes, keypoints, _ = keypoint_rcnn.persons(1, 7)
    same(keypoint_rcnn.logits(keypoints, boxes)[0], *size)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", range(3))
def test_maps_of_chance(size: tuple[int, int], seed: int) -> None:
    same(np.random.default_rng(seed).normal(0, 1, (4, 56, 56)).astype(np.float32), *size)


@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    rows=st.integers(1, 40),
    columns=st.integers(1, 40),
    levels=st.integers(1, 5),
)
def test_small_maps_of_any_shape_and_with_many_equal_values(
    seed: int, height: int, width: int, rows: int, columns: int, levels: int
) -> None:
    maps = np.random.default_rng(seed).integers(-levels, levels + 1, (3, height, width)).astype(np.float32)
    same(maps * 0.37, rows, columns)


@pytest.mark.parametrize("size", [(224, 224), (300, 133)])
def test_the_top_may_lie_far_from_the_highest_value(size: tuple[int, int]) -> None:
    maps = np.zeros((1, 56, 56), np.float32)
    maps[0, 5, 5] = 1.0
    maps[0, 40:42, 40:42] = 0.95  # a lower plateau in a deep pit, which the negative weights lift
    maps[0, 39, 38:44] = maps[0, 42, 38:44] = maps[0, 38:44, 39] = maps[0, 38:44, 42] = -3.0
    found = bicubic_peaks(maps, *size)
    assert found.places[0, 1] > size[0] / 2
    assert found.values[0] > 1.0
    same(maps, *size)


@pytest.mark.parametrize("corner", [(0, 0), (0, 55), (55, 0), (55, 55)])
def test_the_border_is_repeated(corner: tuple[int, int]) -> None:
    maps = np.zeros((1, 56, 56), np.float32)
    maps[0][corner] = 1.0
    same(maps, 200, 120)
    assert np.abs(bicubic_peaks(maps, 560, 560).places[0] / 10 - [corner[1], corner[0]]).max() <= 1


@pytest.mark.parametrize("level", [0.0, -7.25, 1e30])
def test_a_plain_has_its_first_sample_or_one_that_rounds_higher(level: float) -> None:
    found = bicubic_peaks(np.full((2, 56, 56), level, np.float32), 60, 90)
    assert found.values == pytest.approx([level] * 2)
    same(np.full((2, 56, 56), level, np.float32), 60, 90)


def test_of_the_same_size_the_map_is_itself() -> None:
    maps = np.random.default_rng(3).normal(0, 1, (17, 56, 56)).astype(np.float32)
    found = bicubic_peaks(maps, 56, 56)
    assert np.array_equal(found.values, maps.max(axis=(1, 2)))


def test_a_shifted_level_moves_no_top() -> None:
    maps = keypoint_rcnn.crowd(1)[0][2][0]
    assert np.array_equal(bicubic_peaks(maps, 300, 120).places, bicubic_peaks(maps + 64, 300, 120).places)
