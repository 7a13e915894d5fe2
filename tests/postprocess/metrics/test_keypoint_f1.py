from collections.abc import Callable
from typing import Any

import pytest

from postprocess.metrics.coco_results import read_results
from postprocess.metrics.coco_truth import read_truth
from postprocess.metrics.keypoint_f1 import JointCounts, count_joints

Row = dict[str, Any]
Make = Callable[..., Row]
Count = Callable[[list[Row], list[Row]], JointCounts]
FAR = (400, 100)


@pytest.fixture
def count(tree: Make) -> Count:
    def measure(annotations: list[Row], results: list[Row]) -> JointCounts:
        truth = read_truth(tree(*annotations))
        return count_joints(truth, read_results(results, truth))

    return measure


def test_nobody(count: Count) -> None:
    assert count([], []) == JointCounts(0, 0, 0)


@pytest.mark.parametrize(
    ("counts", "f1"),
    [
        (JointCounts(), None),
        (JointCounts(0, 5, 0), None),
        (JointCounts(0, 0, 5), 0.0),
        (JointCounts(5, 5, 5), 1.0),
        (JointCounts(6, 8, 12), 2 * 0.75 * 0.5 / (0.75 + 0.5)),
    ],
)
def test_f1(counts: JointCounts, f1: float | None) -> None:
    assert counts.f1 == f1


def test_perfect_missed_and_extra(count: Count, labelled: Make, found: Make) -> None:
    assert count([labelled()], [found()]) == JointCounts(17, 17, 17)
    assert count([labelled()], []) == JointCounts(0, 0, 17)
    assert count([labelled()], [found(), found(at=FAR)]) == JointCounts(17, 34, 17)
    assert count([labelled()], [found(), found(score=0.8)]) == JointCounts(17, 34, 17), "a double is an extra person"


@pytest.mark.parametrize(
    ("joint", "dx", "right"),
    [
        (9, 12.4, 17),  # wrist: 2 * .062 * 100 px
        (9, 12.401, 16),
        (0, 5.2, 17),  # nose: 2 * .026 * 100 px
        (0, 5.201, 16),
        (11, -21.4, 17),  # hip: 2 * .107 * 100 px
        (11, -21.401, 16),
    ],
)
def test_one_joint_at_the_border(count: Count, labelled: Make, found: Make, joint: int, dx: float, right: int) -> None:
    assert count([labelled()], [found(moved={joint: (dx, 0)})]) == JointCounts(right, 17, 17)


@pytest.mark.parametrize(("score", "claimed"), [(0.3, 17), (0.2999, 0)])
def test_joints_that_are_not_claimed(count: Count, labelled: Make, found: Make, score: float, claimed: int) -> None:
    assert count([labelled()], [found(joint_score=score)]) == JointCounts(claimed, claimed, 17)
    assert count([labelled()], [found(at=FAR, joint_score=score)]) == JointCounts(0, claimed, 17)


def test_of_joints_without_label_the_truth_says_nothing(count: Count, labelled: Make, found: Make) -> None:
    person = labelled(v=[1] * 13 + [0] * 4)
    assert count([person], [found(moved={15: (300, 0)})]) == JointCounts(13, 13, 13)


@pytest.mark.parametrize("fields", [{"iscrowd": 1, "v": 0}, {"v": 0}, {"iscrowd": 1}])
def test_what_fits_a_crowd_or_an_unlabelled_person_is_left_out(
    count: Count, labelled: Make, found: Make, fields: Row
) -> None:
    crowd = labelled(at=FAR, **fields)
    results = [found(), found(at=FAR), found(at=FAR, score=0.5)]
    assert count([labelled(), crowd], results) == JointCounts(17, 17, 17)
    assert count([crowd], [found(at=(2000, 100))]) == JointCounts(0, 17, 0)


def test_a_person_in_front_of_a_crowd_counts(count: Count, labelled: Make, found: Make) -> None:
    crowd = labelled(at=(90, 90), iscrowd=1, v=0)
    assert count([labelled(), crowd], [found()]) == JointCounts(17, 17, 17)


def test_left_and_right_swapped(count: Count, labelled: Make, found: Make) -> None:
    # Both wrists claimed at the other's place: 60 px apart, two joints wrong.
    assert count([labelled()], [found(moved={9: (-60, 0), 10: (60, 0)})]) == JointCounts(15, 17, 17)


def test_persons_swapped_between_images(tree: Make, labelled: Make, found: Make) -> None:
    truth = read_truth(tree(labelled(), labelled(at=FAR, image_id=2), images=2))
    results = read_results([found(at=FAR), found(image_id=2)], truth)
    assert count_joints(truth, results) == JointCounts(0, 34, 34)
