"""The batched Kalman filter."""

import numpy as np
import pytest

from postprocess.tracking.motion import Motion, MotionNoise, correct, first_motion, places_of, predict, surprise_sigmas

NOISE = MotionNoise()


def box(x: float, y: float, width: float = 40, height: float = 100) -> np.ndarray:
    return np.array([[x - width / 2, y - height / 2, x + width / 2, y + height / 2]])


def follow(xs: list[float], seconds: float = 0.1) -> Motion:
    motion = first_motion(box(xs[0], 0), NOISE)
    for x in xs[1:]:
        motion = correct(predict(motion, seconds, NOISE), np.array([0]), box(x, 0), NOISE)
    return motion


def test_nobody_moves() -> None:
    empty = first_motion(np.zeros((0, 4)), NOISE)
    assert predict(empty, 1.0, NOISE).boxes.shape == (0, 4)
    assert surprise_sigmas(empty, np.zeros((2, 4)), NOISE).shape == (0, 2)
    assert correct(empty, np.zeros(0, np.int64), np.zeros((0, 4)), NOISE).places.shape == (0, 4)


def test_box_survives_the_round_trip() -> None:
    np.testing.assert_allclose(first_motion(box(10, 20), NOISE).boxes, box(10, 20))
    np.testing.assert_allclose(places_of(box(10, 20)), [[10, 20, 40, 100]])


def test_velocity_is_learnt() -> None:
    motion = follow([20.0 * index for index in range(30)])
    assert motion.velocities[0, 0] == pytest.approx(200.0, rel=0.02)
    assert predict(motion, 0.5, NOISE).places[0, 0] == pytest.approx(29 * 20 + 100, rel=0.02)


def test_no_time_no_change() -> None:
    motion = follow([0, 5, 10])
    still = predict(motion, 0.0, NOISE)
    np.testing.assert_allclose(still.places, motion.places)
    np.testing.assert_allclose(still.covariances, motion.covariances)


def test_two_half_steps_are_one_step() -> None:
    motion = follow([0, 5, 10, 15])
    once, twice = predict(motion, 0.4, NOISE), predict(predict(motion, 0.2, NOISE), 0.2, NOISE)
    np.testing.assert_allclose(twice.places[:, :2], once.places[:, :2])
    np.testing.assert_allclose(twice.covariances[:, :2], once.covariances[:, :2])


def test_covariances_are_those_of_the_matrix_form() -> None:
    motion = follow([0, 5, 10])
    one = motion.covariances[0, 0]
    step, push = 0.3, (NOISE.acceleration * motion.heights[0]) ** 2
    turn = np.array([[1, step], [0, 1]])
    wanted = turn @ np.array([[one[0], one[1]], [one[1], one[2]]]) @ turn.T
    wanted += push * np.array([[step**3 / 3, step**2 / 2], [step**2 / 2, step]])
    np.testing.assert_allclose(predict(motion, step, NOISE).covariances[0, 0], wanted[[0, 0, 1], [0, 1, 1]])


def test_change_of_size_is_forgotten_and_no_box_vanishes() -> None:
    shrinking = Motion(np.array([[0.0, 0, 5, 10]]), np.array([[0.0, 0, -50, -100]]), np.zeros((1, 4, 3)))
    later = predict(shrinking, 3.0, NOISE)
    assert later.places[0, 2:].tolist() == [1.0, 1.0]
    assert abs(later.velocities[0, 3]) < 1.0


def test_only_the_rows_seen_are_corrected() -> None:
    motion = first_motion(np.concatenate([box(0, 0), box(100, 0)]), NOISE)
    corrected = correct(motion, np.array([1]), box(110, 0), NOISE)
    np.testing.assert_array_equal(corrected.places[0], motion.places[0])
    assert 100 < corrected.places[1, 0] < 110


def test_surprise_grows_with_the_distance_and_falls_with_time() -> None:
    motion = follow([0.0] * 10)
    near, far = surprise_sigmas(motion, np.concatenate([box(1, 0), box(80, 0)]), NOISE)[0]
    assert near < 1
    assert far > 4
    assert surprise_sigmas(predict(motion, 2.0, NOISE), box(80, 0), NOISE)[0, 0] < far
