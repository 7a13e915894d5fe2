import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from postprocess.decoders import cif
from postprocess.decoders.cif import ConfidenceMap, JointCells, joint_cells, places_px, scales_px, seeds

SHAPE = (2, 33, 49)
Array = NDArray[np.float32]


def cells(*rows: tuple[int, float, float, float, float]) -> JointCells:
    """Cells of rows of joint, confidence, x, y and scale."""
    joints, *numbers = np.array(rows).reshape(-1, 5).T
    return JointCells(joints.astype(np.intp), *(part.astype(np.float32) for part in numbers))


def cells_of_chance(count: int, seed: int) -> JointCells:
    chance = np.random.default_rng(seed)
    return cells(
        *zip(
            chance.integers(0, SHAPE[0], count),
            chance.uniform(0, 1, count),
            chance.uniform(-8, SHAPE[2] + 8, count),
            chance.uniform(-8, SHAPE[1] + 8, count),
            chance.uniform(0, 20, count),
            strict=True,
        )
    )


def literal_map(voters: JointCells) -> Array:
    """The published sum, pixel by pixel."""
    votes = np.zeros(SHAPE)
    for joint, confidence, x, y, scale in zip(*(part.tolist() for part in voters), strict=True):
        sigma = max(1.0, 0.5 * scale)
        if confidence < np.float32(0.3):
            continue
        for row in range(SHAPE[1]):
            for column in range(SHAPE[2]):
                squared = (column - x) ** 2 + (row - y) ** 2
                nearest = column == math.floor(x + 0.5) and row == math.floor(y + 0.5)
                if nearest:
                    votes[joint, row, column] += confidence / 16
                elif squared <= sigma**2:
                    votes[joint, row, column] += confidence / 16 * (1 - 0.5 * squared / sigma**2 / 8) ** 8
    return np.minimum(votes, 1).astype(np.float32)


def whole(votes: ConfidenceMap) -> Array:
    joints, rows, columns = (part.ravel() for part in np.indices(SHAPE))
    return votes.at(joints, columns.astype(np.float32), rows.astype(np.float32)).reshape(SHAPE)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("at_once", [1, 500, 1 << 20])
def test_the_map_is_the_published_sum(seed: int, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cif, "_PIXELS_AT_ONCE", at_once)
    voters = cells_of_chance(60, seed)
    assert np.abs(whole(ConfidenceMap(voters, SHAPE)) - literal_map(voters)).max() < 1e-5


@settings(deadline=None)
@given(x=st.integers(-200, 3300), y=st.integers(-200, 2300), scale=st.integers(0, 12), confidence=st.floats(0.3, 1))
def test_one_cell_wherever_it_points(x: int, y: int, scale: int, confidence: float) -> None:
    voter = cells((1, confidence, x / 64, y / 64, scale))  # numbers that are exact, so the disc's edge is as well
    assert np.abs(whole(ConfidenceMap(voter, SHAPE)) - literal_map(voter)).max() < 1e-5


def test_sixteen_cells_that_agree_are_sure_and_more_are_not_surer() -> None:
    voters = cells(*[(0, 1.0, 20.2, 10.7, 4.0)] * 16)
    place = np.array([20.4], np.float32), np.array([11.3], np.float32)
    assert ConfidenceMap(voters, SHAPE).at(np.array([0]), *place) == pytest.approx([1])
    assert ConfidenceMap(cells(*[(0, 1.0, 20.2, 10.7, 4.0)] * 40), SHAPE).at(np.array([0]), *place).tolist() == [1]
    assert ConfidenceMap(voters, SHAPE).at(np.array([1]), *place).tolist() == [0]


@pytest.mark.parametrize(("x", "y"), [(-0.6, 5), (48.6, 5), (5, -0.6), (5, 32.6), (1e8, -1e8)])
def test_outside_the_picture_nothing_is_sure(x: float, y: float) -> None:
    voters = cells(*[(0, 1.0, x, y, 4.0)] * 16)
    assert ConfidenceMap(voters, SHAPE).at(voters.joints, voters.x, voters.y).tolist() == [0] * 16


def test_a_map_without_cells() -> None:
    assert whole(ConfidenceMap(cells(), SHAPE)).max() == 0


def test_the_cells_of_a_field() -> None:
    field = np.zeros((2, 5, 5, 7), np.float32)
    field[1, :, 3, 2] = [9, 0.8, 2.5, 3.25, 1.5]
    field[0, :, 4, 6] = [9, 0.2, 6, 4, 0]
    field[0, :, 0, 0] = [9, 0.19, 0, 0, 1]
    found = joint_cells(field, 8)
    assert found.joints.tolist() == [0, 1]
    assert found.confidences.tolist() == pytest.approx([0.2, 0.8])
    assert found.x.tolist() == [48, 20]
    assert found.y.tolist() == [32, 26]
    assert found.scales.tolist() == [4, 12]


def test_wild_numbers_stay_finite() -> None:
    huge = np.array([-3e38, 3e38, 1], np.float32)
    assert places_px(huge, 16).tolist() == [-160000, 160000, 16]
    assert scales_px(huge, 16, (17, 5, 20, 40)).tolist() == [8, 160, 16]


def test_seeds_are_weighed_with_the_map_and_come_surest_first() -> None:
    lone, crowd = (1, 1.0, 40.0, 20.0, 4.0), (0, 0.5, 20.0, 10.0, 4.0)
    weak, unseen = (0, 0.25, 20.0, 10.0, 4.0), (1, 1.0, 90.0, 90.0, 4.0)
    given_cells = cells(lone, unseen, weak, *[crowd] * 16)
    found = seeds(given_cells, ConfidenceMap(given_cells, SHAPE))
    assert found.joints.tolist() == [0] * 17
    assert found.confidences.tolist() == pytest.approx([0.9 * 0.5 + 0.1 * 0.5] * 16 + [0.9 * 0.5 + 0.1 * 0.25])
    assert set(found.x.tolist()) == {20}
