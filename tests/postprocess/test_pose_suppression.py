import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.skeletons import COCO17, WHOLEBODY133
from postprocess.pose_suppression import suppress_poses

THRESHOLD = 0.7
Array = NDArray[np.float32]


def person(x: float, y: float, height: float, seed: int = 0) -> Array:
    """Keypoints (17, 2) of a body of chance in a box with this top left corner, a third as wide as high."""
    shares = np.random.default_rng(seed).uniform(0, 1, (17, 2))
    shares[0], shares[16] = (0, 0), (1, 1)
    return np.array([x, y] + shares * [height / 3, height], np.float32)


def kept(persons: list[Array], scores: list[float], threshold: float = THRESHOLD) -> list[int]:
    keypoints = np.array(persons, np.float32).reshape(-1, 17, 2)
    boxes = np.concatenate([keypoints.min(axis=1), keypoints.max(axis=1)], axis=1)
    return suppress_poses(keypoints, boxes, np.array(scores, np.float32), COCO17, threshold).tolist()


def test_nobody() -> None:
    rows = suppress_poses(
        np.zeros((0, 17, 2), np.float32),
        np.zeros((0, 4), np.float32),
        np.zeros(0, np.float32),
        COCO17,
        THRESHOLD,
    )
    assert rows.shape == (0,)
    assert rows.dtype == np.int64


def test_one_person_stays() -> None:
    assert kept([person(10, 10, 200)], [0.0]) == [0]


def test_of_two_finds_of_one_person_the_better_stays() -> None:
    twins = [person(10, 10, 200), person(11, 11, 201)]
    assert kept(twins, [0.5, 0.9]) == [1]
    assert kept(twins, [0.9, 0.5]) == [0]


def test_equal_scores_keep_their_order() -> None:
    assert kept([person(10, 10, 200), person(10, 10, 200)], [0.5, 0.5]) == [0]


def test_two_persons_side_by_side_stay_best_first() -> None:
    assert kept([person(10, 10, 200), person(90, 10, 200)], [0.5, 0.9]) == [1, 0]


def test_another_pose_in_the_same_box_is_another_person() -> None:
    assert kept([person(10, 10, 200, seed=1), person(10, 10, 200, seed=2)], [0.5, 0.9]) == [1, 0]


def test_a_small_find_inside_of_a_large_one_is_judged_by_the_larger_body() -> None:
    large = person(10, 10, 200)
    middle = large.mean(axis=0)
    shrunk = (large - middle) * 0.9 + middle
    for order in ([large, shrunk], [shrunk, large]):
        assert len(kept(order, [0.9, 0.5], threshold=0.6)) == 1


def test_who_was_suppressed_suppresses_nobody() -> None:
    # Each is like its neighbour, the ends are not like each other.
    row = [person(x, 10, 200) for x in (0, 5, 10)]
    assert kept(row, [0.9, 0.8, 0.7]) == [0, 2]
    assert kept(row, [0.8, 0.9, 0.7]) == [1]


@pytest.mark.parametrize(("threshold", "count"), [(0.0, 1), (2.0, 2)])
def test_the_threshold_is_what_suppresses(threshold: float, count: int) -> None:
    assert len(kept([person(10, 10, 200), person(11, 10, 200)], [0.9, 0.5], threshold)) == count


@given(
    seed=st.integers(0, 2**16),
    order=st.permutations(range(5)),
    move=st.tuples(st.floats(-200, 200), st.floats(-200, 200)),
    factor=st.floats(0.5, 3),
)
def test_order_place_size_and_side_of_the_persons_do_not_matter(
    seed: int, order: list[int], move: tuple[float, float], factor: float
) -> None:
    chance = np.random.default_rng(seed)
    persons = [person(float(x), 20, 200) for x in chance.uniform(0, 60, 5)]
    scores = [0.9, 0.8, 0.7, 0.6, 0.5]
    survivors = {scores[row] for row in kept(persons, scores)}
    again = [persons[row] for row in order]
    assert {scores[order[row]] for row in kept(again, [scores[row] for row in order])} == survivors
    mirrored = list(COCO17.mirrored)
    changed = [((each + move) * factor)[mirrored] * [-1, 1] for each in persons]
    near = [scores[row] for row in kept([np.array(each, np.float32) for each in changed], scores)]
    # Rounding may tip a pair that stands right at the threshold.
    assert set(near) == survivors or len(set(near) ^ survivors) <= 1


def test_faces_and_hands_do_not_hide_that_two_crops_are_of_one_person() -> None:
    random = np.random.default_rng(5)
    one = random.uniform((0, 0), (80, 240), (len(WHOLEBODY133.keypoints), 2))
    again = one + random.normal(0, 4, one.shape)
    keypoints = np.stack([one, again]).astype(np.float32)
    boxes, scores = np.array([[0, 0, 80, 240]] * 2, np.float32), np.array([0.9, 0.8], np.float32)
    assert suppress_poses(keypoints, boxes, scores, WHOLEBODY133, THRESHOLD).tolist() == [0]
