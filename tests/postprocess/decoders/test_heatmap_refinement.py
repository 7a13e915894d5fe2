import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from postprocess.decoders.heatmap_refinement import refine_by_heatmaps

Array = NDArray[np.float32]


def slowly(points: Array, maps: Array, cell: float) -> Array:
    """The published rule word by word: one point, one cell after the other; ``maps`` are probabilities."""
    refined = points.astype(np.float64)
    for person in range(points.shape[0]):
        for joint in range(points.shape[1]):
            column, row = int(points[person, joint, 0] / cell), int(points[person, joint, 1] / cell)
            if not (0 <= column < maps.shape[2] and 0 <= row < maps.shape[1]):
                continue
            best = total = along = down = 0.0
            for y in range(max(0, row - 3), min(maps.shape[1], row + 4)):
                for x in range(max(0, column - 3), min(maps.shape[2], column + 4)):
                    share = float(maps[person, y, x, joint])
                    best, total = max(best, share), total + share
                    along, down = along + share * x, down + share * y
            if best >= 0.5:
                refined[person, joint] = along / total * cell, down / total * cell
    return refined


@given(
    seed=st.integers(0, 2**32 - 1),
    persons=st.integers(0, 3),
    joints=st.integers(1, 5),
    size=st.tuples(st.integers(4, 12), st.integers(4, 12)),
    brightness=st.floats(0.3, 1),
)
def test_it_is_the_slow_rule(seed: int, persons: int, joints: int, size: tuple[int, int], brightness: float) -> None:
    chance = np.random.default_rng(seed)
    maps = (chance.uniform(0, brightness, (persons, *size, joints)) ** 3).astype(np.float32)
    points = chance.uniform(-10, 60, (persons, joints, 2)).astype(np.float32)
    refined = refine_by_heatmaps(points, maps, 4)
    assert refined.dtype == np.float32
    assert np.abs(refined - slowly(points, maps, 4)).max(initial=0) < 1e-3


@given(seed=st.integers(0, 2**32 - 1))
def test_logits_are_told_from_probabilities_by_their_values(seed: int) -> None:
    chance = np.random.default_rng(seed)
    logits = chance.normal(-2, 3, (2, 16, 16, 3)).astype(np.float32)
    shares = (1 / (1 + np.exp(-logits.astype(np.float64)))).astype(np.float32)
    points = chance.uniform(0, 64, (2, 3, 2)).astype(np.float32)
    assert np.abs(refine_by_heatmaps(points, logits, 4) - refine_by_heatmaps(points, shares, 4)).max() < 1e-3


@pytest.mark.parametrize(("peak", "moved"), [(0.5, True), (0.49, False)])
def test_a_map_must_be_sure(peak: float, moved: bool) -> None:
    maps = np.zeros((1, 16, 16, 1), np.float32)
    maps[0, 7, 9, 0] = peak
    points = np.array([[[30.0, 30.0]]], np.float32)
    assert refine_by_heatmaps(points, maps, 4).tolist() == ([[[36.0, 28.0]]] if moved else points.tolist())


def test_what_lies_out_of_the_window_does_not_count() -> None:
    maps = np.zeros((1, 16, 16, 1), np.float32)
    maps[0, 5, 5, 0] = maps[0, 5, 9, 0] = 0.8  # 3 cells to the left, 1 to the right of the point's
    maps[0, 5, 12, 0] = maps[0, 9, 8, 0] = 1.0  # 4 away
    assert refine_by_heatmaps(np.array([[[33.0, 21.0]]], np.float32), maps, 4).tolist() == [[[28.0, 20.0]]]


@pytest.mark.parametrize(
    ("point", "moves"),
    [
        ((0.0, 0.0), True),
        ((-3.9, -3.9), True),  # rounded towards nought, as published
        ((-4.0, 5.0), False),
        ((5.0, 64.0), False),
        ((63.9, 63.9), True),
        ((1e30, -1e30), False),
    ],
)
def test_points_at_the_edges_of_the_map_and_beyond(point: tuple[float, float], moves: bool) -> None:
    points = np.array([[point]], np.float32)
    refined = refine_by_heatmaps(points, np.ones((1, 16, 16, 1), np.float32), 4)
    assert (refined.tolist() != points.tolist() or point == (0.0, 0.0)) == moves
    assert refined.tolist() == points.tolist() or (refined >= 0).all()


def test_huge_logits_do_not_overflow() -> None:
    maps = np.full((1, 16, 16, 1), -3e5, np.float32)
    maps[0, 4, 4, 0] = 3e5
    assert refine_by_heatmaps(np.array([[[20.0, 20.0]]], np.float32), maps, 4).tolist() == [[[16.0, 16.0]]]
