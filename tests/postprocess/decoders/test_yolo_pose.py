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
from synthetic.yolo import People, beside, crowd, one_to_many, people, raw_head

SIZE = (384, 640)
OPTIONS = DecodeOptions(*SIZE, min_score=0.25)
MIRRORED = list(COCO17.mirrored)
EXACT = 1e-3  # px
Array = NDArray[np.float32]


def decoded(truth: People, generation: int = 8) -> DecodedPoses:
    return decode_yolo_pose([one_to_many(raw_head(truth, SIZE, generation), SIZE, generation)], OPTIONS)


@pytest.mark.parametrize("generation", [8, 26])
def test_nobody(generation: int) -> None:
    found = decoded(people(1, 0, SIZE).rows(slice(0)), generation)
    assert found.keypoints.shape == (0, 17, 2)
    assert found.keypoint_scores.shape == (0, 17)
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)


@pytest.mark.parametrize("persons", [1, 5, 20])
@pytest.mark.parametrize(("size", "joints"), [((384, 640), 17), ((640, 640), 17), ((640, 384), 26), ((96, 160), 5)])
@pytest.mark.parametrize("generation", [8, 26])
def test_what_was_encoded_is_decoded(
    persons: int, size: tuple[int, int], joints: int, generation: int, reproduces: Callable[..., None]
) -> None:
    truth = people(persons, persons, size, joints)
    outputs = [one_to_many(raw_head(truth, size, generation), size, generation)]
    found = decode_yolo_pose(outputs, DecodeOptions(*size, min_score=0.25, joints=joints))
    wanted = truth.best_first()
    system = "YOLO-pose v8/11" if generation == 8 else "YOLO-pose 26, one to many"
    reproduces(system, outputs, np.abs(found.keypoints - wanted.keypoints).max(), EXACT)
    assert np.abs(found.boxes - wanted.boxes).max() < EXACT
    assert np.abs(found.keypoint_scores - wanted.joint_scores).max() < 1e-6
    assert np.abs(found.scores - wanted.scores).max() < 1e-6


@pytest.mark.parametrize("stride", [8, 16, 32])
def test_a_person_of_each_stride_at_the_edge_of_the_picture(stride: int) -> None:
    truth = people(2, 1, SIZE)
    boxes = np.array([[-10.5, -8.25, 40, 50], [600, 300, 660.75, 400.5]])
    joints = np.clip(truth.keypoints, boxes[:, None, :2], boxes[:, None, 2:])
    truth = truth._replace(boxes=boxes, keypoints=joints).best_first()
    output = one_to_many(raw_head(truth, SIZE, 8, strides=(stride, stride)), SIZE, 8)
    found = decode_yolo_pose([output], OPTIONS)
    assert np.abs(found.keypoints - truth.keypoints).max() < EXACT
    assert np.abs(found.boxes - truth.boxes).max() < EXACT


@pytest.mark.parametrize("overlap", [0.6, 0.9])
def test_a_double_goes_with_its_joints(overlap: float) -> None:
    one = people(1, 4, SIZE)
    box = np.array([200.0, 40.0, 300.0, 340.0])
    both = people(2, 4, SIZE)._replace(
        keypoints=np.stack([one.keypoints[0], one.keypoints[0] + 3]),
        boxes=np.stack([box, beside(box, overlap)]),
        scores=np.array([0.8, 0.7]),
    )
    found = decode_yolo_pose([one_to_many(raw_head(both, SIZE, 8, strides=(32, 16)), SIZE, 8)], OPTIONS)
    assert found.scores.tolist() == pytest.approx([0.8])
    assert np.abs(found.keypoints[0] - one.keypoints[0]).max() < EXACT


def test_doubtful_persons_are_dropped() -> None:
    truth = people(4, 7, SIZE)._replace(scores=np.array([0.9, 0.1, 0.26, 0.24]))
    found = decoded(truth)
    assert found.scores.tolist() == pytest.approx([0.9, 0.26])
    assert np.abs(found.keypoints - truth.keypoints[[0, 2]]).max() < EXACT


def test_joint_scores_beyond_one_are_cut() -> None:
    output = one_to_many(raw_head(people(1, 3, SIZE), SIZE, 8), SIZE, 8)
    output[0, 7::3] += 1
    assert set(decode_yolo_pose([output], OPTIONS).keypoint_scores.ravel().tolist()) == {1.0}
    output[0, 7::3] -= 3
    assert set(decode_yolo_pose([output], OPTIONS).keypoint_scores.ravel().tolist()) == {0.0}


@given(seed=st.integers(0, 2**32 - 1), order=st.permutations(range(4)))
def test_the_order_of_persons_changes_nothing(seed: int, order: list[int]) -> None:
    truth = people(4, seed, SIZE)
    one, other = decoded(truth), decoded(truth.rows(order))
    assert np.array_equal(other.keypoints, one.keypoints)
    assert np.array_equal(other.boxes, one.boxes)


@given(
    seed=st.integers(0, 2**32 - 1), dx=st.floats(-100, 100), dy=st.floats(-60, 60), factor=st.sampled_from([0.5, 1, 2])
)
def test_moved_and_scaled_persons_are_found_there(seed: int, dx: float, dy: float, factor: float) -> None:
    truth = people(3, seed, (190, 320))
    shift = np.array([150 + dx, 90 + dy])
    middle = np.array([160, 95])
    moved = truth._replace(
        keypoints=(truth.keypoints - middle) * factor * 0.5 + shift + 50,
        boxes=(truth.boxes - np.tile(middle, 2)) * factor * 0.5 + np.tile(shift, 2) + 50,
    ).best_first()
    found = decoded(moved)
    assert np.abs(found.keypoints - moved.keypoints).max() < EXACT
    assert np.abs(found.boxes - moved.boxes).max() < EXACT


@given(seed=st.integers(0, 2**32 - 1), generation=st.sampled_from([8, 26]))
def test_a_mirrored_person_has_left_and_right_swapped(seed: int, generation: int) -> None:
    truth = people(2, seed, SIZE)
    flipped = truth._replace(
        keypoints=truth.keypoints[:, MIRRORED] * [-1, 1] + np.array([640, 0]),
        joint_scores=truth.joint_scores[:, MIRRORED],
        boxes=truth.boxes[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + np.array([640, 0, 640, 0]),
    )
    plain, found = decoded(truth, generation), decoded(flipped, generation)
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
    outputs, options = crowd(persons)
    assert len(decode_yolo_pose(outputs, DecodeOptions(**options)).scores) == persons


def test_other_outputs_beside_do_no_harm() -> None:
    output = one_to_many(raw_head(people(2, 1, SIZE), SIZE, 8), SIZE, 8)
    assert len(decode_yolo_pose([np.zeros((1, 32, 96, 160), np.float32), output], OPTIONS).scores) == 2


@pytest.mark.parametrize(
    ("outputs", "got"),
    [
        ([], "no output"),
        ([np.zeros((1, 300, 57), np.float32)], "[1, 300, 57]"),  # the end-to-end head
        ([np.zeros((1, 56, 8400), np.float32)], "[1, 56, 8400]"),  # of 640 x 640
        ([np.zeros((1, 53, 5040), np.float32)], "[1, 53, 5040]"),  # 16 joints
        ([np.zeros((1, 84, 5040), np.float32)], "[1, 84, 5040]"),  # boxes of 80 classes
        ([np.zeros((2, 56, 5040), np.float32)], "[2, 56, 5040]"),
        ([np.full((1, 56, 5040), np.inf, np.float32)], "NaN or infinity"),
    ],
)
def test_a_foreign_network_is_refused(outputs: list[Array], got: str) -> None:
    with pytest.raises(OutputMismatch, match=r"yolo_pose: wanted .*, got .*; does the card") as caught:
        decode_yolo_pose(outputs, OPTIONS)
    assert got in str(caught.value)
