"""Overlap, suppression and boxes around keypoints."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postprocess.boxes import box_areas, boxes_of_keypoints, covered_shares, iou_matrix, suppress


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


@pytest.mark.parametrize(
    ("a", "b", "wanted"),
    [
        (boxes(), boxes(), np.zeros((0, 0))),
        (boxes(), boxes((0, 0, 1, 1)), np.zeros((0, 1))),
        (boxes((0, 0, 2, 2)), boxes((0, 0, 2, 2)), [[1.0]]),
        (boxes((0, 0, 2, 2)), boxes((1, 0, 3, 2)), [[1 / 3]]),
        (boxes((0, 0, 2, 2)), boxes((2, 0, 4, 2)), [[0.0]]),
        (boxes((0, 0, 2, 2)), boxes((5, 5, 6, 6), (0, 0, 1, 2)), [[0.0, 0.5]]),
        (boxes((1, 1, 1, 1)), boxes((1, 1, 1, 1)), [[0.0]]),
    ],
)
def test_overlap_is_intersection_over_union(a: np.ndarray, b: np.ndarray, wanted: object) -> None:
    overlap = iou_matrix(a, b)
    assert overlap.dtype == np.float32
    np.testing.assert_allclose(overlap, wanted, atol=1e-6)


corner = st.integers(-50, 50)


@given(st.lists(st.tuples(corner, corner, corner, corner), max_size=6))
def test_overlap_is_symmetric_and_a_share(rows: list[tuple[int, int, int, int]]) -> None:
    some = boxes(*rows)
    overlap = iou_matrix(some, some)
    np.testing.assert_array_equal(overlap, overlap.T)
    assert ((overlap >= 0) & (overlap <= 1)).all()
    np.testing.assert_array_equal(np.diag(overlap), (box_areas(some) > 0).astype(np.float32))


@pytest.mark.parametrize(
    ("some", "scores", "kept"),
    [
        (boxes(), [], []),
        (boxes((0, 0, 2, 2)), [0.5], [0]),
        (boxes((0, 0, 10, 10), (0, 0, 10, 9), (20, 0, 30, 10)), [0.5, 0.9, 0.4], [1, 2]),
        (boxes((0, 0, 10, 10), (0, 0, 10, 10)), [0.5, 0.5], [0]),
        (boxes((0, 0, 10, 10), (5, 0, 15, 10), (10, 0, 20, 10)), [0.9, 0.8, 0.7], [0, 1, 2]),
    ],
)
def test_suppress_keeps_the_best_of_each_heap(some: np.ndarray, scores: list[float], kept: list[int]) -> None:
    assert suppress(some, np.array(scores, np.float32), 0.5).tolist() == kept


def test_box_of_keypoints_is_around_the_sure_ones() -> None:
    keypoints = np.array([[[0, 0], [10, 20], [99, 99]]], np.float32)
    scores = np.array([[0.9, 0.3, 0.1]], np.float32)
    np.testing.assert_allclose(boxes_of_keypoints(keypoints, scores, 0.3, 0.0), [[0, 0, 10, 20]])
    np.testing.assert_allclose(boxes_of_keypoints(keypoints, scores, 0.3, 0.1), [[-1, -2, 11, 22]])


def test_box_of_unsure_keypoints_is_around_all() -> None:
    keypoints = np.array([[[0, 0], [10, 20]]], np.float32)
    np.testing.assert_allclose(boxes_of_keypoints(keypoints, np.zeros((1, 2), np.float32), 0.3, 0.0), [[0, 0, 10, 20]])


def test_no_keypoints_no_boxes() -> None:
    assert boxes_of_keypoints(np.zeros((0, 17, 2), np.float32), np.zeros((0, 17), np.float32), 0.3, 0.1).shape == (0, 4)


@pytest.mark.parametrize(
    ("a", "b", "wanted"),
    [
        (boxes(), boxes((0, 0, 1, 1)), np.zeros((0, 1))),
        (boxes((0, 0, 2, 2)), boxes((0, 0, 1, 2), (-9, -9, 9, 9), (2, 0, 4, 2)), [[0.5, 1.0, 0.0]]),
        (boxes((1, 1, 1, 1)), boxes((0, 0, 2, 2)), [[0.0]]),
    ],
)
def test_share_of_a_box_that_another_covers(a: np.ndarray, b: np.ndarray, wanted: object) -> None:
    np.testing.assert_allclose(covered_shares(a, b), wanted)
