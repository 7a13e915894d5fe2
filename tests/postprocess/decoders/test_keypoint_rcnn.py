from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from posestream.skeletons import COCO17
from postprocess.decoders import DecodedPoses, DecodeOptions
from postprocess.decoders.keypoint_rcnn import decode_keypoint_rcnn
from synthetic import keypoint_rcnn

OPTIONS = DecodeOptions(800, 1333, min_score=0.05)
MIRRORED = list(COCO17.mirrored)
Array = NDArray[np.float32]


def outputs_of(count: int, seed: int) -> list[Array]:
    boxes, keypoints, scores = keypoint_rcnn.persons(count, seed)
    return [each.astype(np.float32) for each in (boxes, scores, keypoint_rcnn.logits(keypoints, boxes))]


def decode(*outputs: Array) -> DecodedPoses:
    return decode_keypoint_rcnn(list(outputs), OPTIONS)


@pytest.mark.parametrize("joints", [np.zeros((0, 17, 56, 56), np.float32), np.zeros((0, 17, 3), np.float32)])
@pytest.mark.parametrize("classes", [[], [np.zeros(0, np.float32)]])
def test_nobody(joints: Array, classes: list[Array]) -> None:
    found = decode(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), joints, *classes)
    assert found.keypoints.shape == (0, 17, 2)
    assert found.keypoint_scores.shape == (0, 17)
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)


@pytest.mark.parametrize("count", [1, 5, 20])
def test_what_was_encoded_is_decoded(count: int, reproduces: Callable[..., None]) -> None:
    boxes, keypoints, scores = keypoint_rcnn.persons(count, count)
    outputs = outputs_of(count, count)
    found = decode(*outputs)
    cell = (boxes[:, None, 2:] - boxes[:, None, :2]) / keypoint_rcnn.SIDE
    reproduces("Keypoint R-CNN", outputs, np.abs((found.keypoints - keypoints) / cell).max(), 1.0, "cells of the box")
    assert found.boxes == pytest.approx(boxes, abs=1e-3)
    assert found.scores == pytest.approx(scores)


def test_the_middle_of_the_cell_is_met_to_half_a_pixel() -> None:
    boxes, keypoints, _ = keypoint_rcnn.persons(5, 5)
    found = decode(*outputs_of(5, 5))
    sides = boxes[:, None, 2:] - boxes[:, None, :2]
    cells = keypoint_rcnn.cells_of(keypoints, boxes)
    away = np.abs(found.keypoints - boxes[:, None, :2] - (cells + 0.5) * sides / keypoint_rcnn.SIDE)
    border = (cells == 0) | (cells == keypoint_rcnn.SIDE - 1)
    assert away[~border].max() <= 0.51
    # The repeated border and the kernel's negative weights draw the top of the outermost cells outwards.
    assert (away / sides * keypoint_rcnn.SIDE)[border].max() <= 0.5


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_published_road(seed: int) -> None:
    (boxes, scores, maps), options = keypoint_rcnn.crowd(2, seed)
    found = decode_keypoint_rcnn([boxes, scores, maps], DecodeOptions(**options))
    for row, box in enumerate(boxes):
        side = np.maximum(box[2:] - box[:2], 1)
        columns, rows = np.ceil(side).astype(int)
        tops, places = keypoint_rcnn.resized_peaks(maps[row], rows, columns)
        expected = box[:2] + (places + 0.5) * (side / [columns, rows])
        assert np.array_equal(found.keypoints[row], expected.astype(np.float32))
        shares = [1 / np.exp(each.astype(float) - top).sum() for each, top in zip(maps[row], tops, strict=True)]
        assert found.keypoint_scores[row] == pytest.approx(np.minimum(shares, 1), rel=1e-6)


def test_a_joint_without_a_hill_scores_next_to_nothing() -> None:
    boxes, scores, maps = outputs_of(1, 1)
    maps[:, 3] = 0.0
    found = decode(boxes, scores, maps)
    assert found.keypoint_scores[0, 3] == pytest.approx(1 / 56**2)
    assert found.keypoint_scores[0, [0, 1, 2, 4]].min() > 0.5


def test_what_the_network_decoded_is_taken() -> None:
    boxes, keypoints, scores = keypoint_rcnn.persons(3, 2)
    joint_scores = np.random.default_rng(0).uniform(0, 1, (3, 17, 1))
    joint_scores[0, 0], joint_scores[0, 1] = 1.5, -1
    decoded = np.concatenate([keypoints, joint_scores], axis=2).astype(np.float32)
    found = decode(*outputs_of(3, 2), decoded)
    assert np.array_equal(found.keypoints, decoded[..., :2])
    assert found.keypoint_scores == pytest.approx(np.clip(joint_scores[..., 0], 0, 1))
    assert found.boxes == pytest.approx(boxes, abs=1e-3)
    assert found.scores == pytest.approx(scores)


def test_doubtful_persons_are_dropped_and_the_others_keep_their_order() -> None:
    boxes, _, maps = outputs_of(4, 7)
    scores = np.array([0.9, 0.04, 0.05, 1.25], np.float32)
    found = decode(boxes, scores, maps)
    assert found.scores.tolist() == pytest.approx([0.9, 0.05, 1.0])
    assert np.array_equal(found.boxes, boxes[[0, 2, 3]])
    assert np.array_equal(found.keypoints, decode(boxes, np.ones(4, np.float32), maps).keypoints[[0, 2, 3]])


@pytest.mark.parametrize(
    ("scores", "classes"),
    [
        ([0.9, 0.3], [0, 0]),
        ([0.9, 0.3], [1, 1]),
        ([1.0, 0.3], [0, 0]),
        ([1.0, 1.0], [0, 0]),
        ([1.0, 1.0], [1, 1]),
        ([1.0, 1.0], [15, 15]),
        ([0.0, 0.0], [0, 0]),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_classes_are_told_from_scores(scores: list[float], classes: list[int], dtype: type[np.generic]) -> None:
    boxes, _, maps = outputs_of(2, 3)
    sure, kinds = np.array(scores, np.float32), np.array(classes, dtype)
    everybody = DecodeOptions(800, 1333)
    for outputs in ([boxes, sure, kinds, maps], [maps, kinds, boxes, sure]):
        assert decode_keypoint_rcnn(outputs, everybody).scores.tolist() == pytest.approx(scores)  # type: ignore[arg-type]


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), dx=st.integers(-300, 300), dy=st.integers(-300, 300))
def test_moved_boxes_move_the_joints(seed: int, dx: int, dy: int) -> None:
    boxes, scores, maps = outputs_of(2, seed)
    boxes = np.rint(boxes)
    one, other = decode(boxes, scores, maps), decode(boxes + np.array([dx, dy, dx, dy], np.float32), scores, maps)
    assert np.abs(other.keypoints - one.keypoints - [dx, dy]).max() < 1e-3
    assert np.array_equal(other.keypoint_scores, one.keypoint_scores)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), factor=st.floats(0.5, 1.9))
def test_larger_boxes_spread_the_joints(seed: int, factor: float) -> None:
    boxes, scores, maps = outputs_of(1, seed)
    larger = (boxes * factor).astype(np.float32)
    one, other = decode(boxes, scores, maps), decode(larger, scores, maps)
    # Both are the middles of samples of about one px.
    assert np.abs(other.keypoints - one.keypoints * factor).max() < 0.52 * (1 + factor)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_mirrored_person_has_left_and_right_swapped(seed: int) -> None:
    boxes, scores, maps = outputs_of(1, seed)
    maps += keypoint_rcnn.smooth_noise((1, 17), np.random.default_rng(seed), 0.1)  # so that no two samples are equal
    flipped = (boxes[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [1333, 0, 1333, 0]).astype(np.float32)
    flipped[:, 2] = flipped[:, 0] + (boxes[:, 2] - boxes[:, 0])
    mirror = decode(flipped, scores, maps[:, MIRRORED][..., ::-1])
    back = mirror.keypoints[:, MIRRORED] * [-1, 1] + [1333, 0]
    found = decode(boxes, scores, maps)
    assert np.abs(back - found.keypoints).max() < 1.01  # rounding may add a sample
    assert mirror.keypoint_scores[:, MIRRORED] == pytest.approx(found.keypoint_scores, rel=1e-2)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), order=st.permutations(range(3)))
def test_the_order_of_persons_changes_nothing_else(seed: int, order: list[int]) -> None:
    outputs = outputs_of(3, seed)
    one, other = decode(*outputs), decode(*(each[order] for each in outputs))
    assert np.array_equal(other.keypoints, one.keypoints[order])
    assert np.array_equal(other.keypoint_scores, one.keypoint_scores[order])


def test_a_batch_of_persons_is_a_loop_of_one() -> None:
    outputs = keypoint_rcnn.crowd(5)[0]
    together = decode(*outputs)
    for row in range(5):
        alone = decode(*(each[row : row + 1] for each in outputs))
        assert np.array_equal(alone.keypoints[0], together.keypoints[row])
        assert np.array_equal(alone.keypoint_scores[0], together.keypoint_scores[row])


@pytest.mark.parametrize(
    "box",
    [
        (100.0, 50.0, 100.4, 50.2),  # less than a pixel counts as one
        (100.0, 50.0, 100.0, 50.0),
        (100.0, 50.0, 90.0, 40.0),  # turned inside out
        (-20.0, -30.0, 40.0, 60.0),
        (0.0, 0.0, 1333.0, 800.0),
    ],
)
def test_boxes_of_every_kind(box: tuple[float, ...]) -> None:
    _, scores, maps = outputs_of(1, 1)
    found = decode(np.array([box], np.float32), scores, maps)
    low, high = np.array(box[:2]), np.maximum(box[2:], np.array(box[:2]) + 1)
    assert ((found.keypoints[0] >= low - 1e-3) & (found.keypoints[0] <= high + 1e-3)).all()
    assert found.boxes[0].tolist() == pytest.approx(box)


def test_a_box_far_larger_than_the_input_is_not_resized_as_finely() -> None:
    boxes, scores, maps = outputs_of(1, 1)
    huge = np.array([[0, 0, 1e7, 1e7]], np.float32)
    one, other = decode(huge, scores, maps), decode(boxes, scores, maps)
    shares = (other.keypoints[0] - boxes[0, :2]) / (boxes[0, 2:] - boxes[0, :2])
    assert np.abs(one.keypoints[0] / 1e7 - shares).max() < 0.01


def test_the_largest_logits_do_not_overflow() -> None:
    boxes, scores, maps = outputs_of(1, 1)
    found = decode(boxes, scores, maps * np.float32(1e30))
    assert np.abs(found.keypoints - decode(boxes, scores, maps).keypoints).max() < 1.01
    assert found.keypoint_scores.max() <= 1.0


def test_any_number_of_joints_that_the_card_says() -> None:
    boxes, scores, maps = outputs_of(2, 1)
    assert decode_keypoint_rcnn(
        [boxes, scores, maps[:, :5]], DecodeOptions(800, 1333, joints=5)
    ).keypoint_scores.shape == (2, 5)


BOXES, SCORES, LOGITS = outputs_of(2, 9)


@pytest.mark.parametrize(
    ("outputs", "got"),
    [
        ([], "no output"),
        ([SCORES, LOGITS], "[2], [2, 17, 56, 56]"),
        ([BOXES, LOGITS], "got none"),
        ([BOXES, SCORES[:1], LOGITS], "got none"),
        ([BOXES, SCORES, SCORES * np.float32(0.5), LOGITS], "got 2 that may be"),
        ([BOXES, SCORES, SCORES, SCORES, LOGITS], "got 3 that may be"),
        ([BOXES, np.full(2, 2, np.float32), np.full(2, 3, np.float32), LOGITS], "got none"),
        ([BOXES, SCORES, LOGITS[:, :16]], "[2, 16, 56, 56]"),
        ([BOXES, SCORES, LOGITS[:1]], "[1, 17, 56, 56]"),
        ([BOXES, SCORES, np.zeros((2, 17, 4), np.float32)], "[2, 17, 4]"),
        ([BOXES, SCORES, np.zeros((2, 17, 0, 56), np.float32)], "no logits"),
        ([BOXES * np.float32(np.nan), SCORES, LOGITS], "NaN or infinity"),
        ([BOXES, SCORES * np.float32(np.nan), LOGITS], "NaN or infinity"),
        ([BOXES, SCORES, np.full_like(LOGITS, np.inf)], "NaN or infinity"),
        ([BOXES, SCORES, np.full((2, 17, 3), np.nan, np.float32)], "NaN or infinity"),
    ],
)
def test_a_foreign_network_is_refused(outputs: list[Array], got: str) -> None:
    with pytest.raises(OutputMismatch, match=r"keypoint_rcnn: wanted .*, got .*; does the card") as caught:
        decode_keypoint_rcnn(outputs, OPTIONS)
    assert got in str(caught.value)
