from dataclasses import replace

import numpy as np
import pytest

from postprocess.decoders.heatmap_peaks import Peaks
from postprocess.decoders.openpose_parts import BODY_25, COCO_18, BodyModel
from postprocess.decoders.part_affinity import Pairs
from postprocess.decoders.person_assembly import Person, assemble

CHAIN = BodyModel(parts=5, limbs=((0, 1), (1, 2), (2, 3), (0, 4)), fields=(0, 2, 4, 6), gap_limbs=frozenset({3}))


def peaks(*parts: int, score: float = 0.5) -> Peaks:
    return Peaks(np.array(parts, np.int64), np.zeros((len(parts), 2)), np.full(len(parts), score))


def pairs(*rows: tuple[int, int, int, float]) -> Pairs:
    limbs, firsts, seconds, scores = np.array(rows, np.float64).reshape(-1, 4).T
    return Pairs(limbs.astype(np.int64), firsts.astype(np.int64), seconds.astype(np.int64), scores)


def joints(persons: list[Person]) -> list[dict[int, int]]:
    return [person.joints for person in persons]


def test_nothing_is_nobody() -> None:
    assert assemble(peaks(), pairs(), CHAIN) == []


def test_whoever_holds_the_first_joint_gets_the_second() -> None:
    found = assemble(peaks(0, 1, 2), pairs((0, 0, 1, 0.9), (1, 1, 2, 0.8)), CHAIN)
    assert joints(found) == [{0: 0, 1: 1, 2: 2}]
    assert found[0].total == pytest.approx(3 * 0.5 + 0.9 + 0.8)


def test_a_limb_whose_first_joint_nobody_holds_begins_a_person() -> None:
    found = assemble(
        peaks(0, 0, 1, 1, 2, 2, 3), pairs((0, 1, 2, 0.9), (1, 2, 4, 0.8), (1, 3, 5, 0.7), (2, 5, 6, 0.6)), CHAIN
    )
    assert joints(found) == [{0: 1, 1: 2, 2: 4}, {1: 3, 2: 5, 3: 6}]


def test_a_joint_without_partners_begins_a_person_that_others_join() -> None:
    found = assemble(peaks(1, 2, 3), pairs((1, 0, 1, 0.9), (2, 1, 2, 0.9)), CHAIN)
    assert joints(found) == [{1: 0, 2: 1, 3: 2}]
    assert found[0].total == pytest.approx(3 * 0.5 + 1.8)


def test_two_joints_are_nobody() -> None:
    assert assemble(peaks(0, 1), pairs((0, 0, 1, 1.0)), CHAIN) == []


@pytest.mark.parametrize(("score", "somebody"), [(0.19, True), (0.17, False)])
def test_a_person_scores_four_tenths_a_joint_or_more(score: float, somebody: bool) -> None:
    """3 peaks and 2 limbs: at .5 and .19 that is 1.88 of 3 joints, at .17 and peaks of .28 too little."""
    strength = 0.5 if somebody else 0.28
    found = assemble(peaks(0, 1, 2, score=strength), pairs((0, 0, 1, score), (1, 1, 2, score)), CHAIN)
    assert bool(found) == somebody


def test_a_gap_limb_fills_both_ways_replaces_nothing_and_counts_for_nothing() -> None:
    whole = pairs((0, 0, 1, 0.9), (1, 1, 2, 0.8), (3, 0, 3, 0.9))
    found = assemble(peaks(0, 1, 2, 4), whole, CHAIN)
    assert joints(found) == [{0: 0, 1: 1, 2: 2, 4: 3}]
    assert found[0].total == pytest.approx(3 * 0.5 + 1.7)
    assert found[0].counted == {0, 1, 2}
    two = pairs((0, 0, 1, 0.9), (3, 0, 2, 0.9))
    assert assemble(peaks(0, 1, 4), two, CHAIN) == []
    backwards = replace(CHAIN, limbs=((0, 1), (1, 2), (2, 3), (4, 0)))
    found = assemble(peaks(0, 1, 2, 4), pairs((0, 0, 1, 0.9), (1, 1, 2, 0.8), (3, 3, 0, 0.9)), backwards)
    assert joints(found) == [{0: 0, 1: 1, 2: 2, 4: 3}]


def test_a_gap_limb_between_two_persons_changes_neither_of_whole_ones() -> None:
    body = BodyModel(
        parts=6, limbs=((0, 1), (1, 2), (3, 4), (4, 5), (0, 3)), fields=(0, 2, 4, 6, 8), gap_limbs=frozenset({4})
    )
    found = assemble(
        peaks(0, 1, 2, 3, 4, 5),
        pairs((0, 0, 1, 0.9), (1, 1, 2, 0.9), (2, 3, 4, 0.9), (3, 4, 5, 0.9), (4, 0, 3, 0.9)),
        body,
    )
    assert joints(found) == [{0: 0, 1: 1, 2: 2, 3: 3}, {3: 3, 4: 4, 5: 5, 0: 0}]  # each lacked the other's joint


def test_feet_do_not_make_a_person() -> None:
    shin_and_foot = pairs((20, 0, 1, 0.9), (21, 1, 2, 0.9), (22, 0, 3, 0.9))
    assert assemble(peaks(14, 19, 20, 21), shin_and_foot, BODY_25) == []


def test_coco_has_no_feet_to_leave_out() -> None:
    assert joints(assemble(peaks(1, 2, 3), pairs((0, 0, 1, 0.9), (2, 1, 2, 0.9)), COCO_18)) == [{1: 0, 2: 1, 3: 2}]
