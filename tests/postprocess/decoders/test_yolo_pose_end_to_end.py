from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from posestream.skeletons import COCO17
from postprocess.decoders import DecodedPoses, DecodeOptions
from postprocess.decoders.yolo_pose import decode_yolo_pose
from postprocess.decoders.yolo_pose_end_to_end import decode_yolo_pose_end_to_end
from synthetic.yolo import People, beside, crowd_end_to_end, end_to_end, one_to_many, people, raw_head

SIZE = (384, 640)
OPTIONS = DecodeOptions(*SIZE, min_score=0.25)
MIRRORED = list(COCO17.mirrored)
EXACT = 1e-3  # px
Array = NDArray[np.float32]


def output_of(truth: People) -> Array:
    return end_to_end(raw_head(truth, SIZE, 26), SIZE)


def decoded(truth: People) -> DecodedPoses:
    return decode_yolo_pose_end_to_end([output_of(truth)], OPTIONS)


@pytest.mark.parametrize("output", [output_of(people(1, 0, SIZE).rows(slice(0))), np.zeros((1, 0, 57), np.float32)])
def test_nobody(output: Array) -> None:
    found = decode_yolo_pose_end_to_end([output], OPTIONS)
    assert found.keypoints.shape == (0, 17, 2)
    assert found.keypoint_scores.shape == (0, 17)
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)


@pytest.mark.parametrize("persons", [1, 5, 20])
@pytest.mark.parametrize(("size", "joints"), [((384, 640), 17), ((640, 640), 17), ((640, 384), 26), ((96, 160), 5)])
def test_what_was_encoded_is_decoded(
    persons: int, size: tuple[int, int], joints: int, reproduces: Callable[..., None]
) -> None:
    truth = people(persons, persons, size, joints)
    outputs = [end_to_end(raw_head(truth, size, 26), size)]
    assert outputs[0].shape == (1, 300, 6 + 3 * joints)
    found = decode_yolo_pose_end_to_end(outputs, DecodeOptions(*size, min_score=0.25, joints=joints))
    wanted = truth.best_first()
    reproduces("YOLO-pose 26", outputs, np.abs(found.keypoints - wanted.keypoints).max(), EXACT)
    assert np.abs(found.boxes - wanted.boxes).max() < EXACT
    assert np.abs(found.keypoint_scores - wanted.joint_scores).max() < 1e-6
    assert np.abs(found.scores - wanted.scores).max() < 1e-6


@pytest.mark.parametrize("overlap", [0.6, 0.9])
def test_boxes_on_each_other_are_two_persons(overlap: float) -> None:
    box = np.array([200.0, 40.0, 300.0, 340.0])
    both = people(2, 4, SIZE)._replace(boxes=np.stack([box, beside(box, overlap)]), scores=np.array([0.8, 0.7]))
    found = decode_yolo_pose_end_to_end([end_to_end(raw_head(both, SIZE, 26, strides=(32, 16)), SIZE)], OPTIONS)
    assert found.scores.tolist() == pytest.approx([0.8, 0.7])
    assert np.abs(found.boxes - both.boxes).max() < EXACT


def test_it_finds_what_the_one_to_many_head_finds() -> None:
    raw = raw_head(people(5, 2, SIZE), SIZE, 26)
    one = decode_yolo_pose_end_to_end([end_to_end(raw, SIZE)], OPTIONS)
    other = decode_yolo_pose([one_to_many(raw, SIZE, 26)], OPTIONS)
    assert np.array_equal(one.keypoints, other.keypoints)
    assert np.abs(one.boxes - other.boxes).max() < EXACT


def test_doubtful_persons_and_other_classes_are_dropped() -> None:
    truth = people(4, 7, SIZE)._replace(scores=np.array([0.9, 0.1, 0.26, 0.24]))
    output = output_of(truth)
    found = decode_yolo_pose_end_to_end([output], OPTIONS)
    assert found.scores.tolist() == pytest.approx([0.9, 0.26])
    output[0, 0, 5] = 16  # a dog
    assert decode_yolo_pose_end_to_end([output], OPTIONS).scores.tolist() == pytest.approx([0.26])


def test_a_score_at_the_bound_is_kept() -> None:
    output = output_of(people(3, 7, SIZE))
    output[0, :3, 4] = [0.25, 0.2499, 0.2501]
    assert decode_yolo_pose_end_to_end([output], OPTIONS).scores.tolist() == pytest.approx([0.25, 0.2501])


def test_scores_beyond_one_are_cut() -> None:
    output = output_of(people(1, 3, SIZE))
    output[0, 0, [4, *range(8, 57, 3)]] += 1
    found = decode_yolo_pose_end_to_end([output], OPTIONS)
    assert found.scores.tolist() == [1.0]
    assert set(found.keypoint_scores.ravel().tolist()) == {1.0}


@given(seed=st.integers(0, 2**32 - 1), order=st.permutations(range(4)))
def test_the_order_of_rows_is_the_order_of_persons(seed: int, order: list[int]) -> None:
    output = output_of(people(4, seed, SIZE))[:, :4]
    one = decode_yolo_pose_end_to_end([output], OPTIONS)
    other = decode_yolo_pose_end_to_end([output[:, order]], OPTIONS)
    assert np.array_equal(other.keypoints, one.keypoints[order])
    assert np.array_equal(other.scores, one.scores[order])


@given(seed=st.integers(0, 2**32 - 1), dx=st.floats(-100, 100), dy=st.floats(-60, 60), factor=st.floats(0.1, 1))
def test_moved_and_scaled_persons_are_found_there(seed: int, dx: float, dy: float, factor: float) -> None:
    truth = people(1, seed, (190, 320))
    shift = np.array([150 + dx, 80 + dy])
    moved = truth._replace(keypoints=truth.keypoints * factor + shift, boxes=truth.boxes * factor + np.tile(shift, 2))
    found = decoded(moved)
    assert np.abs(found.keypoints - moved.keypoints).max() < EXACT
    assert np.abs(found.boxes - moved.boxes).max() < EXACT


@given(seed=st.integers(0, 2**32 - 1))
def test_a_mirrored_person_has_left_and_right_swapped(seed: int) -> None:
    truth = people(2, seed, SIZE)
    flipped = truth._replace(
        keypoints=truth.keypoints[:, MIRRORED] * [-1, 1] + np.array([640, 0]),
        joint_scores=truth.joint_scores[:, MIRRORED],
        boxes=truth.boxes[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + np.array([640, 0, 640, 0]),
    )
    plain, found = decoded(truth), decoded(flipped)
    assert np.abs(found.keypoints[:, MIRRORED] * [-1, 1] + np.array([640, 0]) - plain.keypoints).max() < EXACT
    assert np.abs(found.keypoint_scores[:, MIRRORED] - plain.keypoint_scores).max() < 1e-6


def test_persons_together_are_found_as_alone() -> None:
    truth = people(6, 11, SIZE).best_first()
    together = decoded(truth)
    for row in range(6):
        alone = decoded(truth.rows([row]))
        assert np.array_equal(alone.keypoints[0], together.keypoints[row])
        assert np.array_equal(alone.boxes[0], together.boxes[row])


@pytest.mark.parametrize("persons", [1, 5, 20])
def test_a_crowd_is_found_whole(persons: int) -> None:
    outputs, options = crowd_end_to_end(persons)
    assert len(decode_yolo_pose_end_to_end(outputs, DecodeOptions(**options)).scores) == persons


@pytest.mark.parametrize(
    ("outputs", "got"),
    [
        ([], "no output"),
        ([np.zeros((1, 56, 5040), np.float32)], "[1, 56, 5040]"),  # the one-to-many head
        ([np.zeros((1, 300, 54), np.float32)], "[1, 300, 54]"),  # 16 joints
        ([np.zeros((1, 57, 300), np.float32)], "[1, 57, 300]"),
        ([np.zeros((300, 57), np.float32)], "[300, 57]"),
        ([np.full((1, 300, 57), np.nan, np.float32)], "NaN or infinity"),
    ],
)
def test_a_foreign_network_is_refused(outputs: list[Array], got: str) -> None:
    with pytest.raises(OutputMismatch, match=r"yolo_pose_end_to_end: wanted .*, got .*; does the card") as caught:
        decode_yolo_pose_end_to_end(outputs, OPTIONS)
    assert got in str(caught.value)
