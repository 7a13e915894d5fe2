import math

import numpy as np
import pytest

from postprocess.decoders.caf import LIMBS, Connection, Joint, connections
from postprocess.decoders.cif import ConfidenceMap, JointCells
from synthetic import openpifpaf

START = Joint(100.0, 50.0, 8.0, 1.0)
NOTHING = np.empty(0, np.float32)
EMPTY = JointCells(np.empty(0, np.intp), NOTHING, NOTHING, NOTHING, NOTHING)


def connection(*candidates: tuple[float, float, float, float, float, float]) -> Connection:
    """Candidates of score, x and y of the start, x, y and scale of the end."""
    values = np.array(candidates, np.float32).reshape(-1, 6)
    return Connection(values[:, 0], values[:, 1:3], values[:, 3:])


@pytest.mark.parametrize("start", [(91.9, 50), (108.1, 50), (100, 41.9), (100, 58.1)])
def test_a_candidate_beyond_the_box_leads_nowhere(start: tuple[float, float]) -> None:
    assert connection((1, *start, 200, 80, 10)).follow(START) is None
    assert connection().follow(START) is None


@pytest.mark.parametrize("start", [(92, 50), (108, 50), (100, 42), (100, 58), (92, 58)])
def test_a_candidate_within_the_box_counts_by_its_distance(start: tuple[float, float]) -> None:
    found = connection((0.8, *start, 200, 80, 10)).follow(START)
    squared = (start[0] - 100) ** 2 + (start[1] - 50) ** 2
    assert found is not None
    assert found[:3] == (200, 80, 10)
    assert found.score == pytest.approx(0.8 * math.exp(-0.5 * squared / 4**2) / 2)


def test_two_that_agree_are_blended_by_their_weights() -> None:
    found = connection((0.3, 100, 50, 204, 80, 12), (0.6, 100, 50, 201, 83, 9), (0.1, 100, 50, 300, 300, 9)).follow(
        START
    )
    assert found == pytest.approx((202, 82, 10, 0.45))


@pytest.mark.parametrize(
    "second",
    [
        (0.29, 100, 50, 200, 80, 10),  # less than half of the best
        (0.6, 100, 50, 205.1, 80, 10),  # ends farther off than half a scale
        (0.6, 104.8, 50, 200, 80, 10),  # starts too far off
    ],
)
def test_one_that_no_other_confirms_counts_half(second: tuple[float, float, float, float, float, float]) -> None:
    assert connection((0.6, 100, 50, 200, 80, 10), second).follow(START) == pytest.approx((200, 80, 10, 0.3))


def test_weak_candidates_do_not_confirm_each_other() -> None:
    found = connection((0.009, 100, 50, 200, 80, 10), (0.009, 100, 50, 200, 80, 10)).follow(START)
    assert found == pytest.approx((200, 80, 10, 0.0045))


def test_the_connections_of_a_field() -> None:
    field = np.zeros((len(LIMBS), 8, 3, 4), np.float32)
    field[2, :, 1, 1] = [9, 0.8, 0.5, 1, 2, 1.5, 0.75, 0.25]
    field[2, :, 1, 2] = [9, 0.29, 0.5, 1, 2, 1.5, 0.75, 0.25]
    ankle = JointCells(
        np.full(8, LIMBS[2][0]),
        np.ones(8, np.float32),
        np.full(8, 4, np.float32),
        np.full(8, 8, np.float32),
        np.full(8, 4, np.float32),
    )
    found = connections(field, 8, ConfidenceMap(ankle, (17, 17, 25)))
    assert len(found) == 2 * len(LIMBS)
    assert found[4].follow(Joint(4, 8, 8, 1)) == pytest.approx((16, 12, 4, 0.8 * 0.1 / 2))
    assert found[5].follow(Joint(16, 12, 8, 1)) == pytest.approx((4, 8, 6, 0.8 * (0.1 + 0.9 * 0.5) / 2))
    assert found[4].follow(Joint(16, 12, 2, 1)) is None
    others = found[:4] + found[6:]
    assert all(other.follow(Joint(4, 8, 8, 1)) is None for other in others)


def test_a_field_of_nothing() -> None:
    field = np.zeros((len(LIMBS), 8, 3, 4), np.float32)
    found = connections(field, 8, ConfidenceMap(EMPTY, (17, 17, 25)))
    assert all(each.follow(START) is None for each in found)


def test_limbs_are_those_of_coco() -> None:
    assert [[first + 1, second + 1] for first, second in LIMBS] == openpifpaf.LIMBS
