"""The joints' filter."""

import numpy as np
import pytest

from postprocess.smoothing import Joints, SmoothingSettings, carry, first_joints, smooth

SETTINGS = SmoothingSettings()
HEIGHT = 100.0


def run(
    xs: list[float],
    scores: list[float],
    seconds: float = 0.04,
    pace: float = 0.0,
    settings: SmoothingSettings = SETTINGS,
) -> list[float]:
    """Follow one joint that is seen at ``xs`` while its body moves by ``pace`` px/s; give the smoothed x."""
    joints = first_joints(at(xs[0]), score(scores[0]), settings)
    out = [float(joints.places[0, 0, 0])]
    for x, sure in zip(xs[1:], scores[1:], strict=True):
        carried = carry(joints, np.array([[pace * seconds, 0.0]]), seconds)
        joints = smooth(carried, at(x), score(sure), np.array([seconds]), np.array([HEIGHT]), settings)
        out.append(float(joints.places[0, 0, 0]))
    return out


def at(x: float) -> np.ndarray:
    return np.array([[[x, 0]]], np.float32)


def score(value: float) -> np.ndarray:
    return np.array([[value]], np.float32)


def test_nobody_needs_no_smoothing() -> None:
    none = first_joints(np.zeros((0, 17, 2), np.float32), np.zeros((0, 17), np.float32), SETTINGS)
    empty = carry(none, np.zeros((0, 2)), 0.2)
    smoothed = smooth(empty, none.places, none.hidden_seconds, np.zeros(0), np.zeros(0), SETTINGS)
    assert smoothed.places.shape == (0, 17, 2)


def test_first_sight_is_taken_as_it_is() -> None:
    assert run([12.0], [0.9]) == [12.0]


def test_still_joint_stays() -> None:
    assert run([5.0] * 5, [0.9] * 5) == [5.0] * 5


def test_tremble_is_smoothed_away() -> None:
    noise = np.random.default_rng(1).normal(0, 1, 200)
    smoothed = run(list(50 + noise), [0.9] * 200)
    assert np.std(smoothed[20:]) < 0.6 * np.std(noise[20:])


def test_steady_walk_has_no_lag() -> None:
    xs = [8.0 * index for index in range(50)]
    assert run(xs, [0.9] * 50, pace=200.0)[-1] == pytest.approx(xs[-1], abs=0.01)


def test_quick_hand_is_followed_quickly() -> None:
    xs = [0.0] * 10 + [12.0 * index for index in range(1, 16)]
    slow = SmoothingSettings(cutoff_per_speed=0.0)
    lag, slow_lag = xs[-1] - run(xs, [0.9] * 25)[-1], xs[-1] - run(xs, [0.9] * 25, settings=slow)[-1]
    assert lag < 12.0
    assert lag < slow_lag / 2


def test_hidden_joint_rides_on_the_body() -> None:
    xs = [0.0, 999.0, 999.0]
    assert run(xs, [0.9, 0.1, 0.1], seconds=0.1, pace=100.0) == pytest.approx([0.0, 10.0, 20.0], abs=1e-4)


def test_joint_back_after_long_is_taken_as_it_is() -> None:
    xs = [0.0] * 10 + [40.0]
    assert run(xs, [0.9] + [0.1] * 9 + [0.9], seconds=0.2)[-1] == 40.0


def test_joint_never_sure_keeps_its_raw_place() -> None:
    assert run([3.0, 7.0, 1.0], [0.1, 0.1, 0.0]) == [3.0, 7.0, 1.0]


def test_two_frames_of_one_moment_are_harmless() -> None:
    joints = first_joints(at(0.0), score(0.9), SETTINGS)
    smoothed = smooth(
        carry(joints, np.zeros((1, 2)), 0.0), at(10.0), score(0.9), np.zeros(1), np.array([HEIGHT]), SETTINGS
    )
    assert np.isfinite(smoothed.places).all()
    assert abs(float(smoothed.places[0, 0, 0])) < 5.0


def test_each_joint_is_by_itself() -> None:
    places = np.array([[[0, 0], [5, 5]]], np.float32)
    scores = np.array([[0.9, 0.1]], np.float32)
    joints = first_joints(places, scores, SETTINGS)
    assert isinstance(joints, Joints)
    assert joints.hidden_seconds.tolist() == [[0.0, np.inf]]
