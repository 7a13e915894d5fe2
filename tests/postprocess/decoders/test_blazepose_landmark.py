from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from postprocess.decoders import DecodedPoses, DecodeOptions
from postprocess.decoders.blazepose_landmark import DecodedLandmarks, decode_blazepose_landmark
from synthetic.blazepose import (
    CROP,
    JOINTS,
    ROWS,
    landmark_crowd,
    landmark_outputs,
    people,
    sharp_heatmaps,
    silent_heatmaps,
)

OPTIONS = DecodeOptions(CROP, CROP, joints=JOINTS)
# Of the 33: nose, then left and right eyes, ears, mouth, arms, hands, legs and feet beside each other.
MIRRORED = [0, 4, 5, 6, 1, 2, 3, *(joint + (1 if joint % 2 else -1) for joint in range(7, JOINTS))]
Array = NDArray[np.float32]


def silent(persons: int, seed: int) -> list[Array]:
    """Outputs whose heatmaps are sure of nothing: the places are the regressed ones."""
    return landmark_outputs(*people(persons, seed), silent_heatmaps(persons))


def decode(outputs: list[Array]) -> DecodedLandmarks:
    return decode_blazepose_landmark(outputs, OPTIONS)


def test_no_crop_at_all() -> None:
    found = decode(silent(0, 0))
    assert found.keypoints.shape == (0, JOINTS, 2)
    assert found.keypoints_3d is not None
    assert found.keypoints_3d.shape == (0, JOINTS, 3)
    assert found.next_points.shape == (0, 2, 2)


@pytest.mark.parametrize("persons", [1, 2, 5])
def test_what_the_network_regressed_is_given_back_exactly(persons: int, reproduces: Callable[..., None]) -> None:
    places, depths, shares, world, presence = people(persons, persons)
    outputs = landmark_outputs(places, depths, shares, world, presence, silent_heatmaps(persons))
    found = decode(outputs)
    assert found.keypoints_3d is not None
    reproduces("BlazePose landmark", outputs, np.abs(found.keypoints - places[:, :JOINTS]).max(), 1e-3)
    assert np.array_equal(found.keypoints_3d, world[:, :JOINTS])
    assert np.array_equal(found.depths, depths[:, :JOINTS])
    assert np.array_equal(found.next_points, places[:, JOINTS : JOINTS + 2])
    assert np.abs(found.keypoint_scores - shares[:, :JOINTS]).max() < 1e-6
    assert np.array_equal(found.scores, presence)
    assert np.array_equal(found.boxes[:, :2], found.keypoints.min(axis=1))
    assert np.array_equal(found.boxes[:, 2:], found.keypoints.max(axis=1))


@pytest.mark.parametrize("persons", [1, 3])
@pytest.mark.parametrize("inside", [False, True])
def test_heatmaps_move_the_places(persons: int, inside: bool, reproduces: Callable[..., None]) -> None:
    outputs, _ = landmark_crowd(persons, seed=persons)
    if inside:  # a copy of the network that has the sigmoid in it, and another order of outputs
        outputs[3] = (1 / (1 + np.exp(-outputs[3].astype(np.float64)))).astype(np.float32)
        outputs = [outputs[place] for place in (3, 2, 0, 1, 4)]
    places = people(persons, persons)[0]
    found = decode(outputs)
    error = np.abs(found.keypoints - places[:, :JOINTS]).max()
    reproduces("BlazePose landmark", outputs, error, 1e-3)
    assert np.abs(found.next_points - places[:, JOINTS : JOINTS + 2]).max() < 1e-3


@given(seed=st.integers(0, 2**32 - 1), dx=st.floats(-50, 50), dy=st.floats(-50, 50), factor=st.floats(0.3, 2))
@settings(max_examples=25)
def test_moving_and_scaling_moves_and_scales_the_persons(seed: int, dx: float, dy: float, factor: float) -> None:
    places, *rest = people(2, seed)
    moved = (places * factor + np.array([dx, dy])).astype(np.float32)
    found = decode(landmark_outputs(moved, *rest, silent_heatmaps(2)))
    plain = decode(landmark_outputs(places, *rest, silent_heatmaps(2)))
    assert np.abs(found.keypoints - (plain.keypoints * factor + [dx, dy])).max() < 1e-3


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_a_mirrored_person_has_left_and_right_swapped(seed: int) -> None:
    places, depths, shares, world, presence = people(1, seed)
    order = [*MIRRORED, *range(JOINTS, ROWS)]
    flipped = (places[:, order] * [-1, 1] + [CROP - 4, 0]).astype(np.float32)  # the middle of the cells is mirrored
    turned = (world[:, order] * [-1, 1, 1]).astype(np.float32)
    one = decode(landmark_outputs(places, depths, shares, world, presence, sharp_heatmaps(places)))
    other = decode(
        landmark_outputs(flipped, depths[:, order], shares[:, order], turned, presence, sharp_heatmaps(flipped))
    )
    assert one.keypoints_3d is not None
    assert other.keypoints_3d is not None
    assert np.abs(other.keypoints[:, MIRRORED] * [-1, 1] + [CROP - 4, 0] - one.keypoints).max() < 1e-2
    assert np.array_equal(other.keypoints_3d[:, MIRRORED] * [-1, 1, 1], one.keypoints_3d)
    assert np.array_equal(other.keypoint_scores[:, MIRRORED], one.keypoint_scores)


@given(seed=st.integers(0, 2**32 - 1), order=st.permutations(range(4)))
@settings(max_examples=25)
def test_the_order_of_persons_changes_nothing_else(seed: int, order: list[int]) -> None:
    outputs = silent(4, seed)
    one, other = decode(outputs), decode([output[order] for output in outputs])
    for name in ("keypoints", "keypoint_scores", "boxes", "scores", "keypoints_3d", "depths", "next_points"):
        assert np.array_equal(getattr(other, name), getattr(one, name)[order])


def test_a_batch_of_persons_is_a_loop_of_one() -> None:
    outputs, _ = landmark_crowd(4)
    together = decode(outputs)
    for row in range(4):
        alone = decode([output[row : row + 1] for output in outputs])
        assert np.array_equal(alone.keypoints[0], together.keypoints[row])
        assert np.array_equal(alone.scores, together.scores[row : row + 1])


def test_joints_at_the_edges_and_beyond_stay_where_they_were_regressed() -> None:
    places, *rest = people(1, 5)
    places[0, :4] = [[0, 0], [-40, 300], [CROP, CROP], [CROP - 0.1, 0]]
    outputs = landmark_outputs(places, *rest, silent_heatmaps(1))
    assert np.abs(decode(outputs).keypoints - places[:, :JOINTS]).max() < 1e-3


def test_scores_lie_between_nought_and_one() -> None:
    places, depths, shares, world, _ = people(2, 3)
    shares[0], shares[1] = 0, 1
    found = decode(landmark_outputs(places, depths, shares, world, np.array([-0.1, 1.1]), silent_heatmaps(2)))
    assert found.scores.tolist() == [0.0, 1.0]
    assert found.keypoint_scores.min() >= 0
    assert found.keypoint_scores[0].max() < 1e-6
    assert set(found.keypoint_scores[1].tolist()) == {1.0}


@pytest.mark.parametrize("missing", [0, 1, 3, 4])
def test_an_output_that_is_not_there_is_told(missing: int) -> None:
    outputs = silent(1, 1)
    shape = list(outputs.pop(missing).shape)
    with pytest.raises(OutputMismatch, match="blazepose_landmark: wanted one output of shape") as caught:
        decode(outputs)
    assert f"{shape[-1]}]" in caught.value.wanted


def test_a_segmentation_is_not_needed() -> None:
    outputs = silent(1, 1)
    del outputs[2]
    assert len(decode(outputs).scores) == 1


@pytest.mark.parametrize("output", [0, 1, 3, 4])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_none_are_refused(output: int, value: float) -> None:
    outputs = silent(2, 1)
    outputs[output].reshape(-1)[-1] = value
    with pytest.raises(OutputMismatch, match="NaN or infinity"):
        decode(outputs)


def test_outputs_of_different_numbers_of_persons_are_refused() -> None:
    outputs = silent(2, 1)
    outputs[1] = outputs[1][:1]
    with pytest.raises(OutputMismatch, match=r"wanted one output of shape \[2, 1\]"):
        decode(outputs)


def test_a_card_with_another_skeleton_is_refused() -> None:
    with pytest.raises(OutputMismatch, match="wanted a skeleton of 33 joints, got one of 17"):
        decode_blazepose_landmark(silent(1, 1), replace(OPTIONS, joints=17))


@pytest.mark.parametrize(
    ("name", "shape"), [("depths", (1, 32)), ("next_points", (2, 2, 2)), ("keypoints_3d", (1, 33, 2))]
)
def test_arrays_of_different_persons_are_refused(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=f"{name}: wanted shape"):
        replace(decode(silent(1, 1)), **{name: np.zeros(shape, np.float32)})


def test_some_persons_in_another_order_keep_their_metres() -> None:
    found = decode(silent(3, 1))
    some = found.rows(np.array([2, 0]))
    assert type(some) is DecodedPoses
    for name in ("keypoints", "keypoint_scores", "boxes", "scores", "keypoints_3d"):
        assert np.array_equal(getattr(some, name), getattr(found, name)[[2, 0]])
    flat = DecodedPoses(found.keypoints, found.keypoint_scores, found.boxes, found.scores)
    assert flat.rows(np.array([1])).keypoints_3d is None
