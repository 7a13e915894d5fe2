from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.skeletons import COCO17
from postprocess.alphapose_suppression import MergedPersons, merge_alike

Array = NDArray[np.float32]
SURE = 0.8


def person(x: float, y: float, height: float = 200, seed: int = 0) -> Array:
    """Keypoints (17, 2) of a body of chance in a box with this top left corner, a third as wide as high."""
    shares = np.random.default_rng(seed).uniform(0, 1, (17, 2))
    shares[0], shares[16] = (0, 0), (1, 1)
    return np.array([x, y] + shares * [height / 3, height], np.float32)


def merge(persons: list[Array], scores: list[Array | float]) -> MergedPersons:
    keypoints = np.array(persons, np.float32).reshape(-1, 17, 2)
    boxes = np.concatenate([keypoints.min(axis=1), keypoints.max(axis=1)], axis=1)
    sure = np.array([np.broadcast_to(score, 17) for score in scores], np.float32).reshape(-1, 17)
    return merge_alike(keypoints, sure, boxes)


def literal(keypoints: Array, scores: Array, boxes: Array) -> tuple[list[int], list[Array], list[Array]]:
    """The published steps, one after the other."""
    left = list(range(len(keypoints)))
    rows, places, sure = [], [], []
    while left:
        pick = max(left, key=lambda row: scores[row].mean())
        reach = 0.1 * max(boxes[pick, 2] - boxes[pick, 0], boxes[pick, 3] - boxes[pick, 1])
        cluster = []
        for row in left:
            apart = [np.hypot(*(keypoints[pick, k] - keypoints[row, k])) for k in range(17)]
            like = sum(np.tanh(scores[pick, k]) * np.tanh(scores[row, k]) for k in range(17) if apart[k] <= 1)
            like += 1.7 * sum(np.exp(-d / 2.65) for d in apart)
            if like > 22.48 or sum(d <= min(reach, 7) for d in apart) >= 5 or row == pick:
                cluster.append((row, apart))
        left = [row for row in left if row not in {member for member, _ in cluster}]
        place, score = np.zeros((17, 2)), np.zeros(17)
        for k in range(17):
            near = [row for row, apart in cluster if apart[k] <= min(reach, 15)]
            total = sum(scores[row, k] for row in near)
            place[k] = sum(scores[row, k] * keypoints[row, k] for row in near) / total
            score[k] = sum(scores[row, k] ** 2 for row in near) / total
        if score.max() >= 0.3:
            rows.append(pick)
            places.append(place)
            sure.append(score)
    return rows, places, sure


def test_nobody() -> None:
    found = merge([], [])
    assert found.keypoints.shape == (0, 17, 2)
    assert found.keypoint_scores.shape == (0, 17)
    assert found.rows.shape == (0,)
    assert (found.keypoints.dtype, found.keypoint_scores.dtype, found.rows.dtype) == (np.float32, np.float32, np.int64)


def test_one_person_stays_as_it_is() -> None:
    one = person(10, 20)
    found = merge([one], [SURE])
    assert np.abs(found.keypoints[0] - one).max() < 1e-4
    assert found.keypoint_scores == pytest.approx(np.full((1, 17), SURE))


@pytest.mark.parametrize("apart", [0.0, 0.5, 2.0, 6.9])
def test_finds_less_than_seven_pixels_apart_become_one(apart: float) -> None:
    found = merge([person(10, 20), person(10 + apart, 20)], [0.9, 0.6])
    assert found.rows.tolist() == [0]
    # The weighted mean: 6 of 15 parts of the way.
    assert np.abs(found.keypoints[0] - person(10 + apart * 0.4, 20)).max() < 1e-3
    assert found.keypoint_scores == pytest.approx(np.full((1, 17), (0.81 + 0.36) / 1.5))


def test_jittered_doubles_of_two_persons_thirty_pixels_apart_become_the_two() -> None:
    chance = np.random.default_rng(3)
    finds = [person(x, 20) + chance.uniform(-2, 2, (17, 2)) for x in (10, 40) for _ in range(6)]
    found = merge([np.array(each, np.float32) for each in finds], list(chance.uniform(0.5, 0.9, 12)))
    assert sorted(row // 6 for row in found.rows) == [0, 1]
    for row, merged in zip(found.rows, found.keypoints, strict=True):
        assert np.abs(merged - person(10 if row < 6 else 40, 20)).max() < 2


def test_a_small_person_has_a_small_reach() -> None:
    twins = [person(10, 20, height=40), person(15, 20, height=40)]
    assert len(merge(twins, [0.9, 0.6]).rows) == 2
    assert len(merge([person(10, 20), person(15, 20)], [0.9, 0.6]).rows) == 1


def test_finds_alike_in_sum_become_one_where_too_few_joints_match() -> None:
    # Boxes of 5 px: joints match within half a pixel only, yet all lie close enough to be alike in sum.
    keypoints = np.stack([np.full((17, 2), 50.0), np.full((17, 2), 50.6)]).astype(np.float32)
    boxes = np.array([[48, 48, 53, 53]] * 2, np.float32)
    assert len(merge_alike(keypoints, np.full((2, 17), SURE, np.float32), boxes).rows) == 1
    keypoints[1] += 1
    assert len(merge_alike(keypoints, np.full((2, 17), SURE, np.float32), boxes).rows) == 2


@pytest.mark.parametrize(("matching", "count"), [(4, 2), (5, 1)])
def test_five_joints_in_reach_are_one_person(matching: int, count: int) -> None:
    other = person(10, 20)
    other[matching:] += 40
    assert len(merge([person(10, 20), other], [0.9, 0.6]).rows) == count


def test_a_joint_that_strayed_is_not_merged() -> None:
    stray = person(10, 20)
    stray[5] += 20
    found = merge([person(10, 20), stray], [0.6, 0.55])
    assert np.abs(found.keypoints[0] - person(10, 20)).max() < 1e-3
    assert found.keypoint_scores[0, 5] == pytest.approx(0.6)


def test_joints_of_no_weight_keep_their_place() -> None:
    sure = np.full(17, 0.9)
    sure[5] = 0.0
    found = merge([person(10, 20), person(12, 20)], [sure, sure])
    assert found.keypoints[0, 5].tolist() == person(10, 20)[5].tolist()
    assert found.keypoint_scores[0, 5] == 0


def test_who_has_no_sure_joint_is_dropped() -> None:
    faint = np.full(17, 0.1)
    faint[3] = 0.3
    persons = [person(10, 20), person(200, 20), person(400, 20)]
    assert merge(persons, [0.29, faint, SURE]).rows.tolist() == [2, 1]


def test_the_best_mean_is_picked_and_equal_ones_keep_their_order() -> None:
    persons = [person(10, 20), person(300, 20), person(600, 20)]
    assert merge(persons, [0.5, 0.9, 0.7]).rows.tolist() == [1, 2, 0]
    assert merge(persons, [0.5, 0.5, 0.5]).rows.tolist() == [0, 1, 2]


@given(seed=st.integers(0, 2**32 - 1), spread=st.floats(1, 60))
def test_it_is_the_published_road(seed: int, spread: float) -> None:
    chance = np.random.default_rng(seed)
    persons = [person(*chance.uniform(0, spread, 2), seed=int(chance.integers(2))) for _ in range(6)]
    keypoints = np.array(persons, np.float32)
    scores = chance.uniform(0.05, 1, (6, 17)).astype(np.float32)
    boxes = np.concatenate([keypoints.min(axis=1), keypoints.max(axis=1)], axis=1)
    found, (rows, places, sure) = merge_alike(keypoints, scores, boxes), literal(keypoints, scores, boxes)
    assert found.rows.tolist() == rows
    assert np.abs(found.keypoints - places).max() < 1e-2
    assert np.abs(found.keypoint_scores - sure).max() < 1e-5


def moved(keypoints: Array) -> Array:
    return keypoints + np.array([64, -32], np.float32)


def mirrored(keypoints: Array) -> Array:
    return (keypoints * [-1, 1] + [640, 0]).astype(np.float32)


@pytest.mark.parametrize("change", [moved, mirrored])
@given(seed=st.integers(0, 2**32 - 1), order=st.permutations(range(5)))
def test_order_place_and_side_of_the_persons_do_not_matter(
    change: Callable[[Array], Array], seed: int, order: list[int]
) -> None:
    chance = np.random.default_rng(seed)
    # In steps of 1/8 px, so that moving and mirroring round nothing.
    persons = [np.rint(person(float(x), 20) * 8).astype(np.float32) / 8 for x in chance.uniform(0, 60, 5)]
    scores = [0.9, 0.8, 0.7, 0.6, 0.5]
    swap = list(COCO17.mirrored)
    found = merge(persons, list(scores))
    other = merge([change(persons[row])[swap] for row in order], [scores[row] for row in order])
    assert [order[row] for row in other.rows] == found.rows.tolist()
    assert np.abs(other.keypoints[:, swap] - change(found.keypoints)).max() < 1e-2
    assert np.abs(other.keypoint_scores[:, swap] - found.keypoint_scores).max() < 1e-5
