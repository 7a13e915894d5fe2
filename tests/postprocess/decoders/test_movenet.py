from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from posestream.skeletons import COCO17
from postprocess.decoders import DecodedPoses, DecodeOptions
from postprocess.decoders.movenet import decode_movenet_multi, decode_movenet_single

SLOTS = 6
MIRRORED = list(COCO17.mirrored)
OPTIONS = DecodeOptions(192, 320, min_score=0.15)
Array = NDArray[np.float32]


def people(count: int, seed: int, options: DecodeOptions = OPTIONS) -> tuple[Array, Array, Array, Array]:
    """Keypoints (N, 17, 2) and boxes (N, 4) in px, joint scores (N, 17) and scores (N,) of people of chance."""
    chance = np.random.default_rng(seed)
    keypoints = chance.uniform(0, [options.width, options.height], (count, 17, 2))
    boxes = np.concatenate([keypoints.min(axis=1), keypoints.max(axis=1)], axis=1)
    return keypoints, boxes, chance.uniform(0, 1, (count, 17)), chance.uniform(0.2, 1, count)


def encode_multi(keypoints: Array, boxes: Array, joint_scores: Array, scores: Array, options: DecodeOptions) -> Array:
    """[1, 6, 56] as the model card says: 17 (y, x, score), ymin, xmin, ymax, xmax, score; shares of the input."""
    output = np.zeros((1, SLOTS, 56), np.float32)
    for slot, (joints, box, sure, score) in enumerate(zip(keypoints, boxes, joint_scores, scores, strict=True)):
        row = []
        for (x, y), joint_score in zip(joints, sure, strict=True):
            row += [y / options.height, x / options.width, joint_score]
        row += [box[1] / options.height, box[0] / options.width, box[3] / options.height, box[2] / options.width]
        output[0, slot] = [*row, score]
    return output


def encode_single(keypoints: Array, joint_scores: Array, options: DecodeOptions) -> Array:
    """[1, 1, 17, 3] as the model card says: y, x, score."""
    return np.array(
        [[[[y / options.height, x / options.width, s] for (x, y), s in zip(keypoints, joint_scores, strict=True)]]],
        np.float32,
    )


def multi(count: int, seed: int, options: DecodeOptions = OPTIONS) -> DecodedPoses:
    return decode_movenet_multi([encode_multi(*people(count, seed, options), options)], options)


def test_nobody() -> None:
    found = decode_movenet_multi([np.zeros((1, SLOTS, 56), np.float32)], OPTIONS)
    assert found.keypoints.shape == (0, 17, 2)
    assert found.keypoint_scores.shape == (0, 17)
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)


@pytest.mark.parametrize("count", range(1, SLOTS + 1))
@pytest.mark.parametrize("size", [(192, 320), (256, 256), (320, 192)])
def test_what_was_encoded_is_decoded(count: int, size: tuple[int, int], reproduces: Callable[..., None]) -> None:
    options = DecodeOptions(*size, min_score=0.15)
    keypoints, boxes, joint_scores, scores = people(count, count, options)
    outputs = [encode_multi(keypoints, boxes, joint_scores, scores, options)]
    found = decode_movenet_multi(outputs, options)
    reproduces("MoveNet MultiPose", outputs, np.abs(found.keypoints - keypoints).max(), 1e-3)
    assert np.abs(found.boxes - boxes).max() < 1e-3
    assert np.abs(found.keypoint_scores - joint_scores).max() < 1e-6
    assert np.abs(found.scores - scores).max() < 1e-6


def test_doubtful_persons_are_dropped_and_the_others_keep_their_order() -> None:
    keypoints, boxes, joint_scores, _ = people(4, 7)
    scores = np.array([0.9, 0.1, 0.15, 0.5], np.float32)
    found = decode_movenet_multi([encode_multi(keypoints, boxes, joint_scores, scores, OPTIONS)], OPTIONS)
    assert found.scores.tolist() == pytest.approx([0.9, 0.15, 0.5])
    assert np.abs(found.keypoints - keypoints[[0, 2, 3]]).max() < 1e-3


@given(seed=st.integers(0, 2**32 - 1), order=st.permutations(range(4)))
def test_the_order_of_persons_changes_nothing_else(seed: int, order: list[int]) -> None:
    truth = people(4, seed)
    one = decode_movenet_multi([encode_multi(*truth, OPTIONS)], OPTIONS)
    other = decode_movenet_multi([encode_multi(*(part[order] for part in truth), OPTIONS)], OPTIONS)
    assert np.array_equal(other.keypoints, one.keypoints[order])
    assert np.array_equal(other.boxes, one.boxes[order])
    assert np.array_equal(other.scores, one.scores[order])


@given(seed=st.integers(0, 2**32 - 1), dx=st.floats(-0.5, 0.5), dy=st.floats(-0.5, 0.5), factor=st.floats(0.1, 2))
def test_moving_and_scaling_the_shares_moves_and_scales_the_persons(
    seed: int, dx: float, dy: float, factor: float
) -> None:
    keypoints, boxes, joint_scores, scores = people(3, seed)
    shift = np.array([dx * OPTIONS.width, dy * OPTIONS.height])
    moved = (keypoints * factor + shift, boxes * factor + np.tile(shift, 2), joint_scores, scores)
    found = decode_movenet_multi([encode_multi(*moved, OPTIONS)], OPTIONS)
    plain = decode_movenet_multi([encode_multi(keypoints, boxes, joint_scores, scores, OPTIONS)], OPTIONS)
    assert np.abs(found.keypoints - (plain.keypoints * factor + shift)).max() < 5e-3
    assert np.abs(found.boxes - (plain.boxes * factor + np.tile(shift, 2))).max() < 5e-3


@given(seed=st.integers(0, 2**32 - 1))
def test_a_mirrored_person_has_left_and_right_swapped(seed: int) -> None:
    keypoints, boxes, joint_scores, scores = people(2, seed)
    flipped = keypoints[:, MIRRORED] * [-1, 1] + [OPTIONS.width, 0]
    found = decode_movenet_multi([encode_multi(flipped, boxes, joint_scores[:, MIRRORED], scores, OPTIONS)], OPTIONS)
    back = found.keypoints[:, MIRRORED] * [-1, 1] + [OPTIONS.width, 0]
    assert np.abs(back - keypoints).max() < 1e-3
    assert np.abs(found.keypoint_scores[:, MIRRORED] - joint_scores).max() < 1e-6


def test_scores_beyond_one_are_cut() -> None:
    keypoints, boxes, joint_scores, scores = people(1, 3)
    found = decode_movenet_multi([encode_multi(keypoints, boxes, joint_scores + 1, scores + 1, OPTIONS)], OPTIONS)
    assert found.scores.tolist() == [1.0]
    assert set(found.keypoint_scores.ravel().tolist()) == {1.0}
    single = decode_movenet_single([encode_single(keypoints[0], joint_scores[0] - 2, OPTIONS)], OPTIONS)
    assert set(single.keypoint_scores.ravel().tolist()) == {0.0}


def test_other_outputs_beside_do_no_harm() -> None:
    outputs = [np.zeros((1, 3), np.float32), encode_multi(*people(2, 1), OPTIONS)]
    assert len(decode_movenet_multi(outputs, OPTIONS).scores) == 2


@pytest.mark.parametrize("seed", range(5))
def test_one_person_of_a_crop(seed: int, reproduces: Callable[..., None]) -> None:
    options = DecodeOptions(256, 192)
    keypoints, boxes, joint_scores, _ = people(1, seed, options)
    outputs = [encode_single(keypoints[0], joint_scores[0], options)]
    found = decode_movenet_single(outputs, options)
    reproduces("MoveNet SinglePose", outputs, np.abs(found.keypoints - keypoints).max(), 1e-3)
    assert np.abs(found.boxes - boxes).max() < 1e-3
    assert np.abs(found.keypoint_scores - joint_scores).max() < 1e-6
    assert found.scores.tolist() == pytest.approx(joint_scores.mean(axis=1).tolist(), abs=1e-6)


def test_a_batch_of_persons_is_a_loop_of_one() -> None:
    truth = people(SLOTS, 11)
    together = decode_movenet_multi([encode_multi(*truth, OPTIONS)], OPTIONS)
    for row in range(SLOTS):
        alone = decode_movenet_multi([encode_multi(*(part[row : row + 1] for part in truth), OPTIONS)], OPTIONS)
        assert np.array_equal(alone.keypoints[0], together.keypoints[row])


@pytest.mark.parametrize("decode", [decode_movenet_multi, decode_movenet_single])
@pytest.mark.parametrize(
    ("outputs", "got"),
    [
        ([], "no output"),
        ([np.zeros((1, 6, 53), np.float32)], "[1, 6, 53]"),  # 16 joints
        ([np.zeros((1, 1, 16, 3), np.float32)], "[1, 1, 16, 3]"),
        ([np.zeros((6, 56), np.float32)], "[6, 56]"),
        ([np.zeros((1, 1, 17, 2), np.float32)], "[1, 1, 17, 2]"),
        ([np.full((1, 6, 56), np.nan, np.float32), np.full((1, 1, 17, 3), np.inf, np.float32)], "NaN or infinity"),
    ],
)
def test_a_foreign_network_is_refused(decode: object, outputs: list[Array], got: str) -> None:
    with pytest.raises(OutputMismatch, match=r"wanted .*, got .*; does the card name the right decoder") as caught:
        decode(outputs, OPTIONS)  # type: ignore[operator]
    assert got in str(caught.value)
