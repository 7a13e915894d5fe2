from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from posestream.skeletons import COCO17
from postprocess.decoders import DecodedPoses, DecodeOptions
from postprocess.decoders.simcc import decode_simcc
from synthetic.simcc import crops, crowd, encode

SIZE = (256, 192)
OPTIONS = DecodeOptions(*SIZE)
MIRRORED = list(COCO17.mirrored)
HALF_A_BIN = 0.25  # px: two bins to the pixel
Array = NDArray[np.float32]


def decoded(keypoints: Array, peaks: Array) -> DecodedPoses:
    return decode_simcc(encode(keypoints, peaks, SIZE), OPTIONS)


def test_no_crop_at_all() -> None:
    found = decoded(*crops(0, 0))
    assert found.keypoints.shape == (0, 17, 2)
    assert found.keypoint_scores.shape == (0, 17)
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)


@pytest.mark.parametrize("persons", [1, 5, 20])
@pytest.mark.parametrize(("size", "joints"), [((256, 192), 17), ((256, 192), 26), ((256, 256), 17), ((384, 288), 133)])
def test_what_was_encoded_is_decoded(
    persons: int, size: tuple[int, int], joints: int, reproduces: Callable[..., None]
) -> None:
    keypoints, peaks = crops(persons, persons, size, joints)
    outputs = encode(keypoints, peaks, size)
    found = decode_simcc(outputs, DecodeOptions(*size, joints=joints))
    reproduces("RTMPose SimCC", outputs, np.abs(found.keypoints - keypoints).max(), HALF_A_BIN)
    assert np.abs(found.keypoint_scores - peaks.min(axis=2)).max() < 1e-6
    assert np.abs(found.scores - peaks.min(axis=2).mean(axis=1)).max() < 1e-6
    assert np.array_equal(found.boxes[:, :2], found.keypoints.min(axis=1))
    assert np.array_equal(found.boxes[:, 2:], found.keypoints.max(axis=1))


def test_joints_in_the_corners_of_the_crop() -> None:
    corners = np.array([[[0.0, 0.0], [191.5, 0.0], [0.0, 255.5], [191.5, 255.5]]])
    outputs = encode(corners, np.ones((1, 4, 2)), SIZE)
    found = decode_simcc(outputs, DecodeOptions(*SIZE, joints=4))
    assert found.keypoints.tolist() == corners.tolist()


def test_a_joint_without_a_peak_is_absent_and_outside_of_the_box() -> None:
    keypoints, peaks = crops(3, 1)
    keypoints[0] = np.clip(keypoints[0], 20.0, None)
    peaks[0, 3] = -0.1  # both rows below 0
    peaks[0, 4, 1] = 0.0  # one row of zeros
    peaks[1] = -0.5  # nothing of this person
    found = decoded(keypoints, peaks)
    assert found.keypoint_scores[0, [3, 4]].tolist() == [0.0, 0.0]
    assert (np.delete(found.keypoint_scores[0], [3, 4]) > 0).all()
    there = np.delete(found.keypoints[0], [3, 4], axis=0)
    assert found.boxes[0].tolist() == [*there.min(axis=0), *there.max(axis=0)]
    assert found.scores[0] == pytest.approx(found.keypoint_scores[0].mean())
    assert found.scores[1] == 0.0
    assert np.isfinite(found.boxes[1]).all()


def test_scores_end_at_one() -> None:
    keypoints, _ = crops(2, 5)
    found = decoded(keypoints, np.full((2, 17, 2), 1.3))
    assert set(found.keypoint_scores.ravel().tolist()) == {1.0}
    assert found.scores.tolist() == [1.0, 1.0]


def test_of_equal_peaks_the_first_counts() -> None:
    x, y = np.zeros((1, 17, 384), np.float32), np.zeros((1, 17, 512), np.float32)
    x[..., [100, 101, 300]] = 0.7
    y[..., 40] = 0.6
    found = decode_simcc([x, y], OPTIONS)
    assert np.unique(found.keypoints[0], axis=0).tolist() == [[50.0, 20.0]]


def test_the_order_of_the_outputs_matters_in_a_square_only() -> None:
    outputs = encode(*crops(2, 3), SIZE)
    assert np.array_equal(decode_simcc(outputs[::-1], OPTIONS).keypoints, decode_simcc(outputs, OPTIONS).keypoints)
    square = crops(2, 3, (192, 192))
    x, y = encode(*square, (192, 192))
    other = np.zeros((2, 3), np.float32)
    found = decode_simcc([x, other, y], DecodeOptions(192, 192))
    turned = decode_simcc([other, y, x, other], DecodeOptions(192, 192))
    assert np.abs(found.keypoints - square[0]).max() <= HALF_A_BIN
    assert np.array_equal(turned.keypoints, found.keypoints[..., ::-1])


@given(seed=st.integers(0, 2**32 - 1), order=st.permutations(range(4)))
def test_the_order_of_persons_changes_nothing_else(seed: int, order: list[int]) -> None:
    keypoints, peaks = crops(4, seed)
    one, other = decoded(keypoints, peaks), decoded(keypoints[order], peaks[order])
    assert np.array_equal(other.keypoints, one.keypoints[order])
    assert np.array_equal(other.scores, one.scores[order])


@given(seed=st.integers(0, 2**32 - 1), dx=st.integers(-40, 40), dy=st.integers(-40, 40))
def test_a_moved_person_is_found_moved(seed: int, dx: int, dy: int) -> None:
    keypoints, peaks = crops(2, seed)
    inner = 50 + keypoints * 0.4
    one, other = decoded(inner, peaks), decoded(inner + np.array([dx, dy]) / 2, peaks)
    assert np.abs(other.keypoints - one.keypoints - [dx / 2, dy / 2]).max() < 1e-6


@given(seed=st.integers(0, 2**32 - 1))
def test_a_crop_of_twice_the_size_gives_twice_the_coordinates(seed: int) -> None:
    keypoints, peaks = crops(2, seed, (192, 192))
    small = decode_simcc(encode(keypoints, peaks, (192, 192)), DecodeOptions(192, 192))
    large = decode_simcc(encode(keypoints * 2, peaks, (384, 384)), DecodeOptions(384, 384))
    assert np.abs(large.keypoints - small.keypoints * 2).max() <= 3 * HALF_A_BIN


@given(seed=st.integers(0, 2**32 - 1))
def test_a_mirrored_person_has_left_and_right_swapped(seed: int) -> None:
    keypoints, peaks = crops(2, seed)
    plain = decoded(keypoints, peaks)
    flipped = keypoints[:, MIRRORED] * [-1, 1] + [191.5, 0]
    found = decoded(flipped, peaks[:, MIRRORED])
    back = found.keypoints[:, MIRRORED] * [-1, 1] + [191.5, 0]
    assert np.abs(back - plain.keypoints).max() <= 2 * HALF_A_BIN
    assert np.abs(found.keypoint_scores[:, MIRRORED] - plain.keypoint_scores).max() < 1e-6


def test_a_batch_of_persons_is_a_loop_of_one() -> None:
    keypoints, peaks = crops(6, 11)
    together = decoded(keypoints, peaks)
    for row in range(6):
        alone = decoded(keypoints[row : row + 1], peaks[row : row + 1])
        assert np.array_equal(alone.keypoints[0], together.keypoints[row])
        assert np.array_equal(alone.boxes[0], together.boxes[row])
        assert alone.scores[0] == together.scores[row]


@pytest.mark.parametrize("persons", [1, 5, 20])
def test_a_crowd_is_found_whole(persons: int) -> None:
    outputs, options = crowd(persons)
    assert len(decode_simcc(outputs, DecodeOptions(**options)).scores) == persons


def rows(persons: int, joints: int, bins: int, value: float = 0.0) -> Array:
    return np.full((persons, joints, bins), value, np.float32)


@pytest.mark.parametrize(
    ("outputs", "got"),
    [
        ([], "no output"),
        ([rows(1, 17, 384)], "[1, 17, 384]"),
        ([rows(1, 16, 384), rows(1, 16, 512)], "[1, 16, 384]"),  # 16 joints
        ([rows(1, 17, 192), rows(1, 17, 256)], "[1, 17, 192]"),  # one bin to the pixel
        ([rows(1, 17, 384), rows(2, 17, 512)], "[2, 17, 512]"),  # two batches
        ([rows(1, 17, 384), rows(1, 17, 512), rows(1, 17, 512)], "[1, 17, 512], [1, 17, 512]"),
        ([rows(1, 17, 384)[0], rows(1, 17, 512)[0]], "[17, 384]"),
        ([rows(1, 17, 384, np.nan), rows(1, 17, 512)], "NaN or infinity"),
        ([rows(1, 17, 384), rows(1, 17, 512, np.inf)], "NaN or infinity"),
    ],
)
def test_a_foreign_network_is_refused(outputs: list[Array], got: str) -> None:
    with pytest.raises(OutputMismatch, match=r"simcc: wanted .*, got .*; does the card") as caught:
        decode_simcc(outputs, OPTIONS)
    assert got in str(caught.value)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_square_input_wants_exactly_two_alike(count: int) -> None:
    with pytest.raises(OutputMismatch, match=r"wanted one output of shape \[(any|1), 17, 384\]"):
        decode_simcc([rows(1, 17, 384) for _ in range(count)], DecodeOptions(192, 192))
