"""Foot points, zones, distances."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posestream.schemas import FrameStamp, Poses, TimeSource, Tracks
from posestream.skeletons import COCO17, Skeleton
from postprocess.geometry import distances, foot_points, in_polygon

SQUARE = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], float)
ARROW = np.array([[0, 0], [10, 0], [5, 5], [10, 10], [0, 10]], float)
FACE = Skeleton("face", ("nose", "chin"), (0.1, 0.1), ())
LEFT, RIGHT = COCO17.index("left_ankle"), COCO17.index("right_ankle")


def tracks_of(boxes: list[list[float]], skeleton: Skeleton = COCO17) -> Tracks:
    stamp = FrameStamp("camera", 0, 0, 0.0, 0, TimeSource.FILE, 640, 360)
    empty = Tracks.empty(Poses.empty(stamp, skeleton, "none"))
    count, joints = len(boxes), len(skeleton.keypoints)
    return dataclasses.replace(
        empty,
        track_ids=np.arange(count),
        pose_indices=np.full(count, -1),
        keypoints=np.zeros((count, joints, 2), np.float32),
        keypoint_scores=np.zeros((count, joints), np.float32),
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        velocities=np.zeros((count, 2), np.float32),
        ages_seconds=np.zeros(count, np.float32),
        states=np.full(count, 2, np.uint8),
    )


def with_ankles(tracks: Tracks, xs: tuple[float, float], scores: tuple[float, float]) -> Tracks:
    keypoints, sure = tracks.keypoints.copy(), tracks.keypoint_scores.copy()
    keypoints[:, [LEFT, RIGHT], 0], sure[:, [LEFT, RIGHT]] = xs, scores
    return dataclasses.replace(tracks, keypoints=keypoints, keypoint_scores=sure)


def test_nobody_stands_nowhere() -> None:
    assert foot_points(tracks_of([])).shape == (0, 2)


@pytest.mark.parametrize(
    ("scores", "x"),
    [((0.9, 0.9), 130.0), ((0.3, 0.3), 130.0), ((0.9, 0.2), 110.0), ((0.0, 0.0), 110.0)],
)
def test_foot_is_between_sure_ankles_else_below_the_box(scores: tuple[float, float], x: float) -> None:
    tracks = with_ankles(tracks_of([[100, 50, 120, 200]]), (120, 140), scores)
    np.testing.assert_allclose(foot_points(tracks), [[x, 200]])


def test_skeleton_without_ankles_falls_back_to_the_box() -> None:
    np.testing.assert_allclose(foot_points(tracks_of([[100, 50, 120, 200]], FACE)), [[110, 200]])


def test_foot_stays_in_the_frame() -> None:
    np.testing.assert_allclose(foot_points(tracks_of([[600, 300, 700, 420]])), [[640, 360]])


@pytest.mark.parametrize(
    ("polygon", "point", "inside"),
    [
        (SQUARE, (5, 5), True),
        (SQUARE, (0, 0), True),
        (SQUARE, (10, 10), True),
        (SQUARE, (10, 5), True),
        (SQUARE, (0, 5), True),
        (SQUARE, (5, 10), True),
        (SQUARE, (10.001, 5), False),
        (SQUARE, (-0.001, 5), False),
        (SQUARE, (5, 11), False),
        (ARROW, (2, 5), True),
        (ARROW, (8, 5), False),
        (ARROW, (5, 5), True),
        (ARROW, (8, 1), True),
        (SQUARE[::-1], (5, 5), True),
    ],
)
def test_point_in_polygon(polygon: np.ndarray, point: tuple[float, float], inside: bool) -> None:
    assert in_polygon(np.array([point], float), polygon).tolist() == [inside]


def test_no_points_are_in_no_polygon() -> None:
    assert in_polygon(np.zeros((0, 2)), SQUARE).shape == (0,)


def test_polygon_without_extent_holds_itself_only() -> None:
    assert in_polygon(np.array([[1.0, 1.0], [1.1, 1.0]]), np.ones((3, 2))).tolist() == [True, False]


@given(st.floats(-20, 20), st.floats(-20, 20), st.integers(0, 3))
def test_square_is_the_square_wherever_it_begins(x: float, y: float, turn: int) -> None:
    wanted = 0 <= x <= 10 and 0 <= y <= 10
    if min(abs(x), abs(x - 10), abs(y), abs(y - 10)) > 1e-3:
        assert in_polygon(np.array([[x, y]]), np.roll(SQUARE, turn, axis=0)).tolist() == [wanted]


def test_distances() -> None:
    np.testing.assert_allclose(distances(np.zeros((1, 2)), np.array([[3.0, 4.0], [0, 0]])), [[5, 0]])
    assert distances(np.zeros((0, 2)), np.zeros((3, 2))).shape == (0, 3)
