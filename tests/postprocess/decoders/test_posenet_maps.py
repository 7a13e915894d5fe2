from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from postprocess.decoders import DecodeOptions
from postprocess.decoders.posenet_maps import PoseNetMaps, paired, read_maps, within_reach

Array = NDArray[np.float32]


def maps_of(height: int, width: int, sides: tuple[int, int]) -> PoseNetMaps:
    outputs = [np.full((1, height, width, 17), -6, np.float32), np.zeros((1, height, width, 34), np.float32)]
    return read_maps("posenet", outputs, DecodeOptions(*sides))


@given(stride=st.sampled_from([8, 16, 32]), rows=st.integers(2, 12), columns=st.integers(1, 12))
def test_the_stride_follows_from_the_sides(stride: int, rows: int, columns: int) -> None:
    assert maps_of(rows, columns, ((rows - 1) * stride + 1, (columns - 1) * stride + 1)).stride == stride


@pytest.mark.parametrize("sides", [(513, 512), (512, 513), (65, 65), (513, 257), (1025 + 1024, 1025 + 1024)])
def test_sides_that_fit_no_stride_are_refused(sides: tuple[int, int]) -> None:
    with pytest.raises(OutputMismatch, match=f"for an input of {sides[0]}x{sides[1]}, got maps of 33x33"):
        maps_of(33, 33, sides)


@pytest.mark.parametrize(
    ("point", "cell"),
    [
        ((0, 0), 0),
        ((7.9, 0), 0),
        ((8, 0), 1),  # halves go up
        ((0, 8), 5),
        ((24, 24), 12),
        ((-8, -100), 0),
        ((1e9, -1), 4),
        ((3e38, 3e38), 14),
        ((np.inf, 0), 4),
    ],
)
def test_the_nearest_cell_lies_inside_the_maps(point: tuple[float, float], cell: int) -> None:
    assert maps_of(3, 5, (33, 65)).cells(np.array(point, np.float32)) == cell


def test_all_y_come_before_all_x() -> None:
    values = np.arange(1 * 2 * 3 * 34, dtype=np.float32).reshape(1, 2, 3, 34)
    pairs = paired(values, 17).reshape(2, 3, 17, 2)
    assert np.array_equal(pairs[..., 0], values[0, ..., 17:])
    assert np.array_equal(pairs[..., 1], values[0, ..., :17])


def test_a_point_is_its_cell_and_the_offset_there() -> None:
    offsets = np.zeros((1, 3, 5, 34), np.float32)
    offsets[0, 2, 3, 7], offsets[0, 2, 3, 17 + 7] = -4.5, 2.25
    logits = np.zeros((1, 3, 5, 17), np.float32)
    maps = read_maps("posenet", [offsets, logits], DecodeOptions(33, 65))
    assert maps.points(np.array(13), np.array(7)).tolist() == [50.25, 27.5]
    assert maps.points(np.array([13, 0]), np.array([6, 7])).tolist() == [[48, 32], [0, 0]]
    assert maps.refined(np.array([44, 30], np.float32), np.array(7)).tolist() == [50.25, 27.5]


def candidates_of(cells: Sequence[tuple[int, int, int, float]]) -> tuple[list[tuple[int, int, int]], list[float]]:
    """Rows, columns and joints of the candidates, and their scores, where these cells have other logits than -6."""
    logits = np.full((1, 5, 6, 17), -6, np.float32)
    for row, column, joint, logit in cells:
        logits[0, row, column, joint] = logit
    outputs = [logits, np.zeros((1, 5, 6, 34), np.float32)]
    found = read_maps("posenet", outputs, DecodeOptions(33, 41)).candidates()
    places = (found.points / 8).astype(int)
    return [(y, x, k) for (x, y), k in zip(places.tolist(), found.joints.tolist(), strict=True)], found.scores.tolist()


def test_candidates_are_what_no_neighbour_exceeds() -> None:
    places, scores = candidates_of([(2, 3, 4, 1.0), (1, 2, 4, 2.0), (3, 3, 4, 1.0), (2, 3, 5, 0.5)])
    assert places == [(1, 2, 4), (3, 3, 4), (2, 3, 5)]
    assert scores == pytest.approx([0.880797, 0.731059, 0.622459], abs=1e-6)


@pytest.mark.parametrize("row", range(5))
@pytest.mark.parametrize("column", range(6))
def test_every_one_of_the_eight_neighbours_counts(row: int, column: int) -> None:
    for y, x in np.ndindex(5, 6):
        if (y, x) != (row, column):
            places, _ = candidates_of([(row, column, 0, 1.0), (y, x, 0, 2.0)])
            touching = max(abs(y - row), abs(x - column)) <= 1
            assert places == ([(y, x, 0)] if touching else [(y, x, 0), (row, column, 0)])


def test_equal_neighbours_are_both_candidates_in_the_order_of_the_maps() -> None:
    assert candidates_of([(2, 2, 4, 1.0), (2, 1, 9, 1.0), (2, 2, 1, 1.0), (2, 1, 4, 1.0)])[0] == [
        *((2, 1, 4), (2, 1, 9), (2, 2, 1), (2, 2, 4))
    ]


def test_a_candidate_scores_half_or_more() -> None:
    places, scores = candidates_of([(0, 0, 0, 0.0), (3, 3, 0, -1e-6)])
    assert places == [(0, 0, 0)]
    assert scores == [0.5]


def test_logits_so_high_that_their_scores_are_one_keep_their_order() -> None:
    places, scores = candidates_of([(1, 1, 0, 90.0), (1, 2, 0, 3e38), (4, 4, 0, 100.0)])
    assert places == [(1, 2, 0), (4, 4, 0)]
    assert scores == [1.0, 1.0]


def test_logits_far_below_score_nothing() -> None:
    logits = np.full((1, 2, 2, 17), -3e38, np.float32)
    maps = read_maps("posenet", [logits, np.zeros((1, 2, 2, 34), np.float32)], DecodeOptions(9, 9))
    assert maps.scores(np.array([0]), np.array([0])) == pytest.approx([0], abs=1e-9)


def test_20_px_is_near_and_more_is_not() -> None:
    points: Array = np.array([[20, 0], [12, 16], [-20, 0], [0, 20.01], [15, 15]], np.float32)
    assert within_reach(points, np.zeros(2, np.float32)).tolist() == [True, True, True, False, False]
