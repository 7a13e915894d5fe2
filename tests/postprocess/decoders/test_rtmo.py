from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from posestream.skeletons import COCO17
from postprocess.decoders import DecodedPoses, DecodeOptions
from postprocess.decoders.rtmo import decode_rtmo
from synthetic.rtmo import crowd, encode
from synthetic.yolo import People, beside, people

SIZE = (416, 640)
OPTIONS = DecodeOptions(*SIZE, min_score=0.25)
MIRRORED = list(COCO17.mirrored)
EXACT = 1e-3  # px
Array = NDArray[np.float32]


def decoded(truth: People) -> DecodedPoses:
    return decode_rtmo(encode(truth), OPTIONS)


def test_nobody() -> None:
    outputs = encode(people(1, 0, SIZE).rows(slice(0)))
    assert [output.shape for output in outputs] == [(1, 0, 5), (1, 0, 17, 3)]
    found = decode_rtmo(outputs, OPTIONS)
    assert found.keypoints.shape == (0, 17, 2)
    assert found.keypoint_scores.shape == (0, 17)
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)


@pytest.mark.parametrize("persons", [1, 5, 20])
@pytest.mark.parametrize(("size", "joints"), [((416, 640), 17), ((640, 640), 17), ((640, 384), 26), ((96, 160), 14)])
@pytest.mark.parametrize("stride", [16, 32])
def test_what_was_encoded_is_decoded(
    persons: int, size: tuple[int, int], joints: int, stride: int, reproduces: Callable[..., None]
) -> None:
    truth = people(persons, persons, size, joints)
    outputs = encode(truth, [stride] * persons)
    found = decode_rtmo(outputs, DecodeOptions(*size, min_score=0.25, joints=joints))
    wanted = truth.best_first()
    reproduces("RTMO", outputs, np.abs(found.keypoints - wanted.keypoints).max(), EXACT)
    assert np.abs(found.boxes - wanted.boxes).max() < EXACT
    assert np.abs(found.keypoint_scores - wanted.joint_scores).max() < 1e-6
    assert np.abs(found.scores - wanted.scores).max() < 1e-6


def test_persons_at_the_edge_of_the_picture() -> None:
    truth = people(2, 1, SIZE)
    boxes = np.array([[-10.5, -8.25, 40, 50], [600, 300, 660.75, 430.5]])
    joints = np.clip(truth.keypoints, boxes[:, None, :2], boxes[:, None, 2:])
    truth = truth._replace(boxes=boxes, keypoints=joints)
    found, wanted = decoded(truth), truth.best_first()
    assert np.abs(found.keypoints - wanted.keypoints).max() < EXACT
    assert np.abs(found.boxes - wanted.boxes).max() < EXACT


@pytest.mark.parametrize(("overlap", "left"), [(0.6, 2), (0.64, 2), (0.66, 1), (0.9, 1)])
def test_of_finds_that_share_more_than_65_percent_the_best_stays(overlap: float, left: int) -> None:
    box = np.array([200.0, 40.0, 300.0, 340.0])
    two = people(2, 4, SIZE)
    boxes = np.stack([beside(box, overlap), box])
    truth = two._replace(
        keypoints=np.stack([boxes[:, :2] + 5 * joint for joint in range(17)], axis=1),
        boxes=boxes,
        scores=np.array([0.7, 0.8]),
    )
    found, wanted = decode_rtmo(encode(truth, [16, 32]), OPTIONS), truth.best_first()
    assert found.scores.tolist() == pytest.approx([0.8, 0.7][:left])
    assert np.abs(found.keypoints - wanted.keypoints[:left]).max() < EXACT


def test_doubtful_persons_are_dropped() -> None:
    truth = people(4, 7, SIZE)._replace(scores=np.array([0.26, 0.1, 0.9, 0.24]))
    found = decoded(truth)
    assert found.scores.tolist() == pytest.approx([0.9, 0.26])
    assert np.abs(found.keypoints - truth.keypoints[[2, 0]]).max() < EXACT


def test_a_score_at_the_bound_is_kept() -> None:
    finds, joints = encode(people(3, 7, SIZE))
    finds[0, :, 4] = [0.25, 0.2499, 0.2501]
    assert decode_rtmo([finds, joints], OPTIONS).scores.tolist() == pytest.approx([0.2501, 0.25])


def test_scores_beyond_one_are_cut() -> None:
    finds, joints = encode(people(1, 3, SIZE))
    finds[..., 4] += 1
    joints[..., 2] += 1
    found = decode_rtmo([finds, joints], OPTIONS)
    assert found.scores.tolist() == [1.0]
    assert set(found.keypoint_scores.ravel().tolist()) == {1.0}
    joints[..., 2] -= 3
    assert set(decode_rtmo([finds, joints], OPTIONS).keypoint_scores.ravel().tolist()) == {0.0}


@given(seed=st.integers(0, 2**32 - 1), order=st.permutations(range(4)))
def test_neither_the_order_of_finds_nor_of_outputs_matters(seed: int, order: list[int]) -> None:
    truth = people(4, seed, SIZE)
    one, other = decoded(truth), decode_rtmo(encode(truth.rows(order))[::-1], OPTIONS)
    assert np.array_equal(other.keypoints, one.keypoints)
    assert np.array_equal(other.boxes, one.boxes)


@given(seed=st.integers(0, 2**32 - 1), dx=st.floats(-100, 100), dy=st.floats(-60, 60), factor=st.floats(0.2, 2))
def test_moved_and_scaled_persons_are_found_there(seed: int, dx: float, dy: float, factor: float) -> None:
    truth = people(3, seed, (200, 300)).best_first()
    shift = np.array([dx, dy])
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
    outputs, options = crowd(persons)
    assert len(decode_rtmo(outputs, DecodeOptions(**options)).scores) == persons


def zeros(*shape: int) -> Array:
    return np.zeros(shape, np.float32)


@pytest.mark.parametrize(
    ("outputs", "got"),
    [
        ([], "no output"),
        ([zeros(1, 9, 5)], "[1, 9, 5]"),
        ([zeros(1, 9, 5), zeros(1, 8, 17, 3)], "[1, 8, 17, 3]"),  # joints of other finds
        ([zeros(1, 9, 5), zeros(1, 9, 16, 3)], "[1, 9, 16, 3]"),  # 16 joints
        ([zeros(1, 9, 4), zeros(1, 9, 17, 3)], "[1, 9, 4]"),
        ([zeros(2, 9, 5), zeros(2, 9, 17, 3)], "[2, 9, 5]"),
        ([zeros(1, 9, 5) + np.nan, zeros(1, 9, 17, 3)], "NaN or infinity"),
        ([zeros(1, 9, 5), zeros(1, 9, 17, 3) + np.inf], "NaN or infinity"),
    ],
)
def test_a_foreign_network_is_refused(outputs: list[Array], got: str) -> None:
    with pytest.raises(OutputMismatch, match=r"rtmo: wanted .*, got .*; does the card") as caught:
        decode_rtmo(outputs, OPTIONS)
    assert got in str(caught.value)
