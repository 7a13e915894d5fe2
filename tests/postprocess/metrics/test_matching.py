import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from posestream.skeletons import COCO17
from postprocess.metrics.coco_results import ResultPerson, read_results
from postprocess.metrics.coco_truth import TruthPerson, read_truth
from postprocess.metrics.matching import match_best, match_greedily, oks_table

Row = dict[str, Any]
Make = Callable[..., Row]


@pytest.fixture
def similarity(tree: Make) -> Callable[[Row, Row], float]:
    def measure(result: Row, annotation: Row) -> float:
        truth = read_truth(tree(annotation))
        return float(oks_table(read_results([result], truth), truth.persons, COCO17.sigmas)[0, 0])

    return measure


def test_nobody() -> None:
    persons: list[TruthPerson] = []
    found: list[ResultPerson] = []
    assert oks_table(found, persons, COCO17.sigmas).shape == (0, 0)
    for shape in [(0, 0), (0, 2), (2, 0)]:
        assert match_greedily(np.zeros(shape)) == {}
        assert match_best(np.zeros(shape)) == {}


def test_similarity_of_the_same_person_is_one(
    similarity: Callable[[Row, Row], float], found: Make, labelled: Make
) -> None:
    assert similarity(found(), labelled()) == 1.0


def test_one_joint_moved_to_its_sigma(similarity: Callable[[Row, Row], float], found: Make, labelled: Make) -> None:
    wrist = found(moved={9: (0, 12.4)})  # 2 * .062 * 100 px
    assert similarity(wrist, labelled()) == pytest.approx((16 + math.exp(-0.5)) / 17)


def test_only_labelled_joints_matter(similarity: Callable[[Row, Row], float], found: Make, labelled: Make) -> None:
    assert similarity(found(moved={9: (500, 0)}), labelled(v=[2] * 9 + [0] * 8)) == 1.0


@pytest.mark.parametrize(("shift", "inside"), [(0, True), (-100, True), (800, False)])
def test_a_person_without_labels_is_a_region(
    similarity: Callable[[Row, Row], float], found: Make, labelled: Make, shift: float, *, inside: bool
) -> None:
    value = similarity(found(at=(100 + shift, 100)), labelled(v=0))
    assert (value == 1.0) if inside else (value < 1e-6)


def test_each_prediction_takes_its_best_free_person() -> None:
    table = np.array([[0.6, 0.9], [0.7, 0.95], [0.55, 0.1]])
    assert match_greedily(table) == {0: 1, 1: 0}


@pytest.mark.parametrize(("value", "matches"), [(0.5, {0: 0}), (0.499, {})])
def test_the_least_similarity(value: float, matches: dict[int, int]) -> None:
    assert match_greedily(np.array([[value]])) == matches


def test_the_greatest_sum_wins() -> None:
    # Greedily the first would take person 1 and leave .1 for the second: 1.0; the best sum is 1.4.
    assert match_best(np.array([[0.6, 0.9], [0.1, 0.8]])) == {0: 0, 1: 1}


def test_pairs_without_any_similarity_are_no_match() -> None:
    assert match_best(np.array([[0.0, 0.0], [0.3, 0.0]])) == {0: 1}
