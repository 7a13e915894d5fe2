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
from postprocess.decoders.simcc_dark import decode_simcc_dark
from synthetic.simcc import crops, encode

SIZE = (256, 192)
OPTIONS = DecodeOptions(*SIZE)
MIRRORED = list(COCO17.mirrored)
ALLOWED = 0.1  # px
Array = NDArray[np.float32]


def inner(persons: int, seed: int, size: tuple[int, int] = SIZE, joints: int = 17) -> tuple[Array, Array]:
    """Crops whose joints keep 12 px away from the edges, so that the blur sees the whole peak."""
    keypoints, peaks = crops(persons, seed, size, joints)
    return 12 + keypoints * (1 - 24.5 / np.array([size[1], size[0]])), peaks


def decoded(keypoints: Array, peaks: Array) -> DecodedPoses:
    return decode_simcc_dark(encode(keypoints, peaks, SIZE, between_bins=True), OPTIONS)


def test_no_crop_at_all() -> None:
    assert decoded(*crops(0, 0)).keypoints.shape == (0, 17, 2)


@pytest.mark.parametrize("persons", [1, 5, 20])
@pytest.mark.parametrize(("size", "joints"), [((256, 192), 17), ((256, 256), 26), ((384, 288), 133)])
def test_what_was_encoded_is_decoded(
    persons: int, size: tuple[int, int], joints: int, reproduces: Callable[..., None]
) -> None:
    keypoints, peaks = inner(persons, persons, size, joints)
    outputs = encode(keypoints, peaks, size, between_bins=True)
    options = DecodeOptions(*size, joints=joints)
    found = decode_simcc_dark(outputs, options)
    reproduces("RTMPose SimCC DARK", outputs, np.abs(found.keypoints - keypoints).max(), ALLOWED)
    assert np.array_equal(found.keypoint_scores, decode_simcc(outputs, options).keypoint_scores)


def test_in_noise_it_is_closer_than_the_highest_bin() -> None:
    keypoints, peaks = inner(20, 4)
    noise = np.random.default_rng(5)
    rows = [
        (row + noise.normal(0, 0.01, row.shape)).astype(np.float32)
        for row in encode(keypoints, peaks, SIZE, between_bins=True)
    ]
    fine, coarse = decode_simcc_dark(rows, OPTIONS).keypoints, decode_simcc(rows, OPTIONS).keypoints
    assert np.abs(fine - keypoints).mean() < np.abs(coarse - keypoints).mean() / 3


def test_at_the_edge_a_joint_stays_at_its_bin() -> None:
    corners = np.array([[[0.1, 0.2], [191.4, 0.0], [3.2, 255.3], [96.2, 128.3]]])
    found = decode_simcc_dark(
        encode(corners, np.ones((1, 4, 2)), SIZE, between_bins=True), DecodeOptions(*SIZE, joints=4)
    )
    assert found.keypoints[0, :3].tolist() == [[0.0, 0.0], [191.5, 0.0], [3.0, 255.5]]
    assert np.abs(found.keypoints[0, 3] - corners[0, 3]).max() < ALLOWED


@pytest.mark.parametrize("level", [-0.3, 0.0, 0.5])
def test_a_flat_row_has_no_peak_to_go_to(level: float) -> None:
    rows = [np.full((1, 17, side), level, np.float32) for side in (384, 512)]
    found = decode_simcc_dark(rows, OPTIONS)
    assert np.isfinite(found.keypoints).all()
    assert found.scores[0] == max(level, 0.0)


def test_where_the_blurred_row_bends_upward_the_joint_stays() -> None:
    rows = [np.full((1, 17, side), 0.9, np.float32) for side in (384, 512)]
    for row in rows:
        row[..., 92:106] = 0.0
        row[..., 100] = 1.0  # a needle in a ditch, nearer to one bank
    found = decode_simcc_dark(rows, OPTIONS)
    assert np.unique(found.keypoints).tolist() == [50.0]


def test_no_joint_goes_further_than_a_sigma() -> None:
    rows = [np.zeros((1, 17, side), np.float32) for side in (384, 512)]
    for row in rows:
        row[..., 100:200] = 0.8  # a plateau: the first of its bins is the highest
    found = decode_simcc_dark(rows, OPTIONS)
    assert np.unique(found.keypoints[..., 0]) == pytest.approx([(100 + 4.9) / 2], abs=1e-2)
    assert np.unique(found.keypoints[..., 1]) == pytest.approx([(100 + 5.66) / 2], abs=1e-2)


@given(seed=st.integers(0, 2**32 - 1), dx=st.integers(-40, 40), dy=st.integers(-40, 40))
def test_a_person_moved_by_bins_is_found_moved(seed: int, dx: int, dy: int) -> None:
    keypoints, peaks = crops(2, seed)
    middle = 50 + keypoints * 0.4
    one, other = decoded(middle, peaks), decoded(middle + np.array([dx, dy]) / 2, peaks)
    assert np.abs(other.keypoints - one.keypoints - [dx / 2, dy / 2]).max() < 1e-3


@given(seed=st.integers(0, 2**32 - 1))
def test_a_mirrored_person_has_left_and_right_swapped(seed: int) -> None:
    keypoints, peaks = inner(2, seed)
    flipped = keypoints[:, MIRRORED] * [-1, 1] + [191.5, 0]
    found = decoded(flipped, peaks[:, MIRRORED])
    assert np.abs(found.keypoints[:, MIRRORED] * [-1, 1] + [191.5, 0] - keypoints).max() < ALLOWED


def test_a_batch_of_persons_is_a_loop_of_one() -> None:
    keypoints, peaks = inner(6, 11)
    together = decoded(keypoints, peaks)
    for row in range(6):
        alone = decoded(keypoints[row : row + 1], peaks[row : row + 1])
        assert np.abs(alone.keypoints[0] - together.keypoints[row]).max() < 1e-4  # sums in another order


@pytest.mark.parametrize(
    ("outputs", "got"),
    [
        ([], "no output"),
        ([np.zeros((1, 17, 384), np.float32), np.zeros((1, 17, 510), np.float32)], "[1, 17, 510]"),
        ([np.full((1, 17, 384), np.nan, np.float32), np.zeros((1, 17, 512), np.float32)], "NaN or infinity"),
    ],
)
def test_a_foreign_network_is_refused(outputs: list[Array], got: str) -> None:
    with pytest.raises(OutputMismatch, match=r"simcc_dark: wanted .*, got .*; does the card") as caught:
        decode_simcc_dark(outputs, OPTIONS)
    assert got in str(caught.value)
