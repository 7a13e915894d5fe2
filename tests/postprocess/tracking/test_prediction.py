"""Where to look next."""

from collections.abc import Callable

import numpy as np
import pytest

from posestream.schemas import Poses
from postprocess.tracking import TrackerSettings, TrackerState, empty_tracker_state, predict_boxes, track

MakePoses = Callable[..., Poses]


def after(frames: list[Poses]) -> TrackerState:
    state = empty_tracker_state()
    for poses in frames:
        state, _ = track(state, poses, TrackerSettings())
    return state


def test_nobody_is_expected_before_the_first_frame() -> None:
    boxes, scores = predict_boxes(empty_tracker_state(), 0)
    assert boxes.shape == (0, 4)
    assert scores.shape == (0,)


def test_walker_is_expected_further_on(poses_at: MakePoses) -> None:
    state = after([poses_at(index * 0.2, [(100 + 20 * index, 300)]) for index in range(8)])
    boxes, scores = predict_boxes(state, round(1.8e9))
    np.testing.assert_allclose(boxes, [[260, 250, 300, 350]], atol=6)
    assert scores[0] == pytest.approx(0.9 * 0.5**0.4, rel=1e-5)


def test_the_past_is_the_present(poses_at: MakePoses) -> None:
    state = after([poses_at(1.0, [(100, 300)])])
    np.testing.assert_allclose(predict_boxes(state, 0)[0], [[80, 250, 120, 350]])


def test_who_left_or_was_unseen_for_long_is_not_expected(poses_at: MakePoses) -> None:
    state = after([poses_at(index * 0.2, [(800 + 30 * index, 300), (300, 300)]) for index in range(6)])
    assert len(predict_boxes(state, round(1.1e9))[0]) == 2
    assert len(predict_boxes(state, round(2.0e9))[0]) == 1
    assert len(predict_boxes(state, round(4.0e9))[0]) == 0
