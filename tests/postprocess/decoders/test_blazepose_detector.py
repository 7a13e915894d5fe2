from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from postprocess.decoders import DecodeOptions
from postprocess.decoders.blazepose_detector import DecodedPersons, blazepose_anchors, decode_blazepose_detector
from synthetic.blazepose import ANCHORS, SIDE, detector_crowd, plant, silent_detector

OPTIONS = DecodeOptions(SIDE, SIDE, min_score=0.5, joints=33)
Array = NDArray[np.float32]


def person(seed: int) -> tuple[Array, Array]:
    """A box (4,) and points (4, 2) in px of the input, of chance."""
    chance = np.random.default_rng(seed)
    low, sides = chance.uniform(0, 120, 2), chance.uniform(10, 100, 2)
    return np.concatenate([low, low + sides]), chance.uniform(-20, SIDE + 20, (4, 2))


def decode(outputs: list[Array], options: DecodeOptions = OPTIONS) -> DecodedPersons:
    return decode_blazepose_detector(outputs, options)


def test_there_are_2254_anchors() -> None:
    found = blazepose_anchors(SIDE, SIDE)
    assert found.shape == (2254, 2)
    assert np.abs(found - np.array(ANCHORS) * SIDE).max() < 1e-4
    assert not found.flags.writeable


def test_rows_and_columns_of_anchors_are_not_taken_for_each_other() -> None:
    found = blazepose_anchors(64, 128)
    assert len(found) == 8 * 16 * 2 + 4 * 8 * 2 + 2 * 4 * 6
    assert found[[0, 2, 32]].tolist() == [[4, 4], [12, 4], [4, 12]]
    assert found.max(axis=0).tolist() == [124, 60]


def test_nobody() -> None:
    found = decode(silent_detector())
    assert found.boxes.shape == (0, 4)
    assert found.keypoints.shape == (0, 4, 2)
    assert found.scores.shape == (0,)


@pytest.mark.parametrize("anchor", [0, 1, 55, 56, 1567, 1568, 1959, 1960, 2253])
def test_a_person_at_any_anchor_is_found_exactly(anchor: int, reproduces: Callable[..., None]) -> None:
    box, points = person(anchor)
    outputs = silent_detector()
    plant(outputs, anchor, box, points, 0.8)
    found = decode(outputs)
    error = max(np.abs(found.keypoints[0] - points).max(), np.abs(found.boxes[0] - box).max())
    reproduces("BlazePose detector", outputs, error, 1e-3)
    assert found.scores.tolist() == pytest.approx([0.8])


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(2, 8))
def test_a_cluster_becomes_its_mean_weighted_by_the_scores(seed: int, count: int) -> None:
    chance = np.random.default_rng(seed)
    outputs, boxes, points = silent_detector(), [], []
    scores = chance.uniform(0.5, 0.99, count)
    for anchor, score in zip(chance.permutation(len(ANCHORS)), scores, strict=False):
        boxes.append(np.array([60.0, 50, 140, 170]) + chance.uniform(-4, 4, 4))
        points.append(chance.uniform(40, 180, (4, 2)))
        plant(outputs, int(anchor), boxes[-1], points[-1], float(score))
    found = decode(outputs)
    shares = scores / scores.sum()
    assert np.abs(found.boxes[0] - np.einsum("n,nd->d", shares, np.array(boxes))).max() < 1e-3
    assert np.abs(found.keypoints[0] - np.einsum("n,nkd->kd", shares, np.array(points))).max() < 1e-3
    assert found.scores.tolist() == pytest.approx([scores.max()], abs=1e-5)


@pytest.mark.parametrize(("overlap", "persons"), [(0.29, 2), (0.31, 1)])
def test_boxes_that_share_more_than_three_tenths_are_of_one_person(overlap: float, persons: int) -> None:
    shift = 100 * (1 - overlap) / (1 + overlap)  # two boxes 100 wide beside each other
    outputs = silent_detector()
    for anchor, (left, score) in enumerate(((0.0, 0.6), (shift, 0.9))):
        plant(outputs, anchor, np.array([left, 10, left + 100, 60]), np.zeros((4, 2)), score)
    found = decode(outputs)
    assert len(found.scores) == persons
    assert found.scores[0] == pytest.approx(0.9)


def test_a_chain_of_boxes_is_cut_where_the_best_reaches() -> None:
    outputs = silent_detector()
    for anchor, (left, score) in enumerate(((0.0, 0.9), (40.0, 0.8), (80.0, 0.7))):
        plant(outputs, anchor, np.array([left, 0, left + 100, 50]), np.full((4, 2), left), score)
    found = decode(outputs)
    assert found.scores.tolist() == pytest.approx([0.9, 0.7])
    assert found.boxes[1].tolist() == pytest.approx([80, 0, 180, 50])
    assert found.keypoints[0, 0, 0] == pytest.approx(40 * 0.8 / 1.7, abs=1e-3)


def test_doubtful_anchors_and_boxes_turned_inside_out_are_dropped() -> None:
    outputs = silent_detector()
    plant(outputs, 3, np.array([10.0, 10, 50, 50]), np.zeros((4, 2)), 0.49)
    plant(outputs, 4, np.array([50.0, 10, 10, 50]), np.zeros((4, 2)), 0.9)
    plant(outputs, 5, np.array([10.0, 50, 50, 50]), np.zeros((4, 2)), 0.9)
    assert len(decode(outputs).scores) == 0


@given(seed=st.integers(0, 2**32 - 1), dx=st.floats(-50, 50), dy=st.floats(-50, 50), factor=st.floats(0.3, 2))
def test_moving_and_scaling_moves_and_scales_the_persons(seed: int, dx: float, dy: float, factor: float) -> None:
    box, points = person(seed)
    shift = np.array([dx, dy])
    outputs = silent_detector()
    plant(outputs, 700, box * factor + np.tile(shift, 2), points * factor + shift, 0.7)
    found = decode(outputs)
    assert np.abs(found.boxes[0] - (box * factor + np.tile(shift, 2))).max() < 1e-3
    assert np.abs(found.keypoints[0] - (points * factor + shift)).max() < 1e-3


@given(seed=st.integers(0, 2**32 - 1))
def test_a_mirrored_picture_gives_mirrored_persons(seed: int) -> None:
    box, points = person(seed)
    one, other = silent_detector(), silent_detector()
    plant(one, 100, box, points, 0.7)
    plant(other, 100, [SIDE, 0, SIDE, 0] + box[[2, 1, 0, 3]] * [-1, 1, -1, 1], [SIDE, 0] + points * [-1, 1], 0.7)
    straight, flipped = decode(one), decode(other)
    assert np.abs([SIDE, 0] + flipped.keypoints * [-1, 1] - straight.keypoints).max() < 1e-3
    assert np.abs([SIDE, 0, SIDE, 0] + flipped.boxes[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] - straight.boxes).max() < 1e-3


@given(order=st.permutations(range(4)))
def test_the_order_of_anchors_changes_nothing(order: list[int]) -> None:
    outputs = silent_detector()
    places = [np.array([x, y, x + 60.0, y + 60]) for x, y in ((0, 0), (100, 0), (0, 100), (100, 100))]
    for anchor, row in enumerate(order):
        plant(outputs, anchor * 500, places[row], np.full((4, 2), row), 0.9 - 0.1 * row)
    found = decode(outputs)
    assert np.abs(found.boxes - places).max() < 1e-3
    assert found.scores.tolist() == pytest.approx([0.9, 0.8, 0.7, 0.6])


@pytest.mark.parametrize("persons", [1, 5, 20])
def test_a_crowd_is_told_apart(persons: int) -> None:
    outputs, _ = detector_crowd(persons)
    assert len(decode(outputs).scores) == persons


def test_huge_logits_and_the_order_of_outputs_do_no_harm() -> None:
    outputs = silent_detector()
    plant(outputs, 9, *person(1), 0.8)
    outputs[1][0, 9] = 3e5
    outputs[1][0, 10] = -3e5
    found = decode([np.zeros((1, 3), np.float32), *outputs[::-1]])
    assert found.scores.tolist() == [1.0]


@pytest.mark.parametrize(
    ("outputs", "got"),
    [
        ([], "no output"),
        ([np.zeros((1, 2254, 12), np.float32), np.zeros((1, 2253, 1), np.float32)], "[1, 2253, 1]"),
        ([np.zeros((1, 2254, 14), np.float32), np.zeros((1, 2254, 1), np.float32)], "[1, 2254, 14]"),
        ([np.zeros((1, 2254, 12), np.float32), np.full((1, 2254, 1), np.nan, np.float32)], "NaN or infinity"),
        ([np.full((1, 2254, 12), np.inf, np.float32), np.zeros((1, 2254, 1), np.float32)], "NaN or infinity"),
    ],
)
def test_a_foreign_network_is_refused(outputs: list[Array], got: str) -> None:
    with pytest.raises(OutputMismatch, match=r"blazepose_detector: wanted .*, got ") as caught:
        decode(outputs)
    assert got in str(caught.value)


def test_points_of_other_persons_are_refused() -> None:
    with pytest.raises(ValueError, match="keypoints: wanted shape"):
        DecodedPersons(np.zeros((2, 4), np.float32), np.zeros(2, np.float32), keypoints=np.zeros((1, 4, 2), np.float32))
