import math

import numpy as np
import pytest

from postprocess.decoders.caf import LIMBS, Connection, Joint
from postprocess.decoders.pifpaf_growth import grow

SHOULDER, ELBOW, WRIST = 5, 7, 9
UPPER_ARM, FOREARM = LIMBS.index((SHOULDER, ELBOW)), LIMBS.index((ELBOW, WRIST))
PLACES = {SHOULDER: (100.0, 50.0), ELBOW: (110.0, 90.0), WRIST: (105.0, 130.0)}
Candidate = tuple[float, tuple[float, float], tuple[float, float]]


def connection(*candidates: Candidate) -> Connection:
    """Each candidate, of a score, a start and an end, stands there twice, so that it is confirmed; scales are 8 px."""
    twice = [candidate for candidate in candidates for _ in range(2)]
    scores = np.array([score for score, _, _ in twice], np.float32)
    starts = np.array([start for _, start, _ in twice], np.float32).reshape(-1, 2)
    ends = np.array([(*end, 8) for _, _, end in twice], np.float32).reshape(-1, 3)
    return Connection(scores, starts, ends)


def links(ways: dict[int, list[Candidate]]) -> list[Connection]:
    return [connection(*ways.get(number, [])) for number in range(2 * len(LIMBS))]


def arm(upper: float = 1.0, fore: float = 1.0) -> dict[int, list[Candidate]]:
    """An arm, seen both ways with these scores."""
    ways: dict[int, list[Candidate]] = {}
    for limb, score in ((UPPER_ARM, upper), (FOREARM, fore)):
        first, second = (PLACES[joint] for joint in LIMBS[limb])
        ways[2 * limb], ways[2 * limb + 1] = [(score, first, second)], [(score, second, first)]
    return ways


def seed(joint: int, score: float = 1.0) -> Joint:
    return Joint(*PLACES[joint], 8.0, score)


@pytest.mark.parametrize("joint", PLACES)
def test_an_arm_grows_from_any_of_its_joints(joint: int) -> None:
    found = grow(joint, seed(joint), links(arm()))
    assert next(iter(found)) == joint
    assert {number: place[:2] for number, place in found.items()} == PLACES


def test_scores_fall_along_the_way() -> None:
    found = grow(SHOULDER, seed(SHOULDER, 0.9), links(arm(0.8, 0.7)))
    assert found[SHOULDER].score == 0.9
    assert found[ELBOW].score == pytest.approx(math.sqrt(0.8 * 0.9))
    assert found[WRIST].score == pytest.approx(math.sqrt(0.7 * math.sqrt(0.8 * 0.9)))


def test_a_seed_without_connections_stays_alone() -> None:
    assert grow(SHOULDER, seed(SHOULDER), links({})) == {SHOULDER: seed(SHOULDER)}


@pytest.mark.parametrize(
    ("score", "of_seed"),
    [
        (0.24, 1.0),  # sqrt gives less than half of the seed's 1
        (0.1, 0.22),  # sqrt gives less than .15
    ],
)
def test_a_connection_too_weak_is_not_taken(score: float, of_seed: float) -> None:
    assert list(grow(SHOULDER, seed(SHOULDER, of_seed), links(arm(score)))) == [SHOULDER]
    assert list(grow(SHOULDER, seed(SHOULDER, of_seed), links(arm(score + 0.02)))) == list(PLACES)


def test_without_a_way_back_a_connection_is_not_taken() -> None:
    ways = arm()
    del ways[2 * UPPER_ARM + 1]
    assert list(grow(SHOULDER, seed(SHOULDER), links(ways))) == [SHOULDER]


@pytest.mark.parametrize(("beside", "taken"), [((4.0, 3.9), True), ((4.0, 4.1), False)])
def test_the_way_back_must_lead_to_the_start(beside: tuple[float, float], taken: bool) -> None:
    ways = arm()
    back = (PLACES[SHOULDER][0] + beside[0], PLACES[SHOULDER][1] - beside[1])
    ways[2 * UPPER_ARM + 1] = [(1.0, PLACES[ELBOW], back)]
    assert (ELBOW in grow(SHOULDER, seed(SHOULDER), links(ways))) == taken


@pytest.mark.parametrize(("left", "right", "x"), [(0.6, 0.9, 52.0), (0.9, 0.6, 48.0)])
def test_of_two_ways_to_a_joint_the_surer_is_taken(left: float, right: float, x: float) -> None:
    eyes = {1: (40.0, 20.0), 2: (60.0, 20.0)}
    noses = {1: (48.0, 30.0), 2: (52.0, 30.0)}
    ways: dict[int, list[Candidate]] = {2 * LIMBS.index((1, 2)): [(1.0, eyes[1], eyes[2])]}
    ways[2 * LIMBS.index((1, 2)) + 1] = [(1.0, eyes[2], eyes[1])]
    for eye, score in ((1, left), (2, right)):
        limb = LIMBS.index((0, eye))
        ways[2 * limb], ways[2 * limb + 1] = [(score, noses[eye], eyes[eye])], [(score, eyes[eye], noses[eye])]
    found = grow(1, Joint(*eyes[1], 8.0, 1.0), links(ways))
    assert set(found) == {0, 1, 2}
    assert found[0].x == x
