from collections.abc import Callable
from typing import Any

import pytest

from posestream.skeletons import COCO17
from postprocess.metrics.coco_results import read_results
from postprocess.metrics.coco_truth import read_truth
from postprocess.metrics.pck import torso_length, torso_pck

Row = dict[str, Any]
Make = Callable[..., Row]
Measure = Callable[[list[Row], list[Row]], float | None]
FAR = (400, 100)


@pytest.fixture
def pck(tree: Make) -> Measure:
    def measure(annotations: list[Row], results: list[Row]) -> float | None:
        truth = read_truth(tree(*annotations))
        return torso_pck(truth, read_results(results, truth))

    return measure


def test_nobody_asked_for(pck: Measure, found: Make) -> None:
    assert pck([], []) is None
    assert pck([], [found()]) is None


def test_perfect_and_missed(pck: Measure, labelled: Make, found: Make) -> None:
    assert pck([labelled()], [found()]) == 1.0
    assert pck([labelled()], []) == 0.0
    assert pck([labelled(), labelled(at=FAR)], [found()]) == 0.5
    assert pck([labelled()], [found(), found(at=FAR)]) == 1.0, "an extra person costs nothing here"


@pytest.mark.parametrize(
    ("dx", "dy", "right"), [(10, 0, 17), (6, 8, 17), (10.001, 0, 16), (6, 8.001, 16), (0, -90, 16)]
)
def test_one_joint_at_the_border(pck: Measure, labelled: Make, found: Make, dx: float, dy: float, right: int) -> None:
    assert pck([labelled()], [found(moved={9: (dx, dy)})]) == right / 17


def test_a_joint_without_label_is_not_asked_for(pck: Measure, labelled: Make, found: Make) -> None:
    assert pck([labelled(v=[2] * 16 + [0])], [found(moved={0: (99, 0), 16: (99, 0)})]) == 15 / 16


def test_swapped_scores_do_not_swap_persons(pck: Measure, labelled: Make, found: Make) -> None:
    near = (130, 100)
    results = [found(at=near, score=0.2), found(score=0.9)]
    assert pck([labelled(), labelled(at=near)], results) == 1.0


def test_persons_swapped_between_images(tree: Make, labelled: Make, found: Make) -> None:
    truth = read_truth(tree(labelled(), labelled(at=FAR, image_id=2), images=2))
    assert torso_pck(truth, read_results([found(at=FAR), found(image_id=2)], truth)) == 0.0


@pytest.mark.parametrize(
    "fields",
    [{"iscrowd": 1}, {"v": [2] * 4 + [0] * 13}, {"bbox": [100, 100, 100, 31.9]}],
    ids=["crowd", "4 joints", "31.9 px high"],
)
def test_persons_that_are_not_asked_for(pck: Measure, labelled: Make, fields: Row) -> None:
    assert pck([labelled(**fields)], []) is None


@pytest.mark.parametrize(
    ("fields", "length"),
    [
        ({}, 50.0),
        ({"v": [2] * 11 + [0] * 6}, 54.0),  # no hips: .3 * 180
        ({"v": [2] * 6 + [0] + [2] * 10}, 54.0),  # one shoulder only
        ({"v": [2] * 11 + [0] * 6, "bbox": [100, 100, 200, 180]}, 60.0),
    ],
)
def test_length_of_the_torso(tree: Make, labelled: Make, fields: Row, length: float) -> None:
    (person,) = read_truth(tree(labelled(**fields))).persons
    assert torso_length(person, COCO17) == pytest.approx(length)


def test_a_torso_seen_from_above(tree: Make, labelled: Make) -> None:
    annotation = labelled()
    for joint in (11, 12):
        annotation["keypoints"][joint * 3 + 1] = 100 + 40 + 7.9  # hips 7.9 px below the shoulders
    (person,) = read_truth(tree(annotation)).persons
    assert torso_length(person, COCO17) == pytest.approx(54.0)
