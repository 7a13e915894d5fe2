"""What all decoders of top-down heatmaps do alike, and their shared pieces."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from posestream.skeletons import COCO17
from postprocess.decoders import DecodedPoses, DecodeOptions
from postprocess.decoders.alphapose import decode_alphapose
from postprocess.decoders.heatmap import decode_heatmap_quarter
from postprocess.decoders.heatmap_dark import decode_heatmap_dark
from postprocess.decoders.heatmap_maxima import find_peaks
from postprocess.decoders.heatmap_udp import decode_heatmap_udp
from synthetic import heatmap

Array = NDArray[np.float32]
Decode = Callable[[Sequence[Array], DecodeOptions], DecodedPoses]
OPTIONS = DecodeOptions(256, 192)
MIRRORED = list(COCO17.mirrored)
INSIDE = 50.0  # px from the edges, where no rule of the edge and no blur over it counts
ALL = {
    decode_heatmap_quarter: "heatmap_quarter",
    decode_alphapose: "alphapose",
    decode_heatmap_dark: "heatmap_dark",
    decode_heatmap_udp: "heatmap_udp",
}
LAST_PIXEL = {decode: 1 if decode is decode_heatmap_udp else heatmap.STRIDE for decode in ALL}
"""How far from the input's side the last cell lies, in px."""
every_decoder = pytest.mark.parametrize("decode", ALL, ids=ALL.get)


def seen(persons: int, seed: int, margin: float = INSIDE) -> Array:
    """Maps of persons with a little noise, so that no two cells are equal."""
    noise = np.random.default_rng(seed).normal(0, 0.005, (persons, 17, 64, 48))
    return (heatmap.unbiased(*heatmap.crops(persons, seed, margin=margin)) + noise).astype(np.float32)


@every_decoder
def test_no_crop_gives_nobody(decode: Decode) -> None:
    found = decode([np.zeros((0, 17, 64, 48), np.float32)], OPTIONS)
    assert found.keypoints.shape == (0, 17, 2)
    assert found.keypoint_scores.shape == (0, 17)
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)


@every_decoder
@pytest.mark.parametrize("level", [0.0, -0.5, 0.4, -3e38])
def test_empty_maps_give_a_person_at_the_first_cell(decode: Decode, level: float) -> None:
    found = decode([np.full((2, 17, 64, 48), level, np.float32)], OPTIONS)
    assert found.keypoint_scores == pytest.approx(np.full((2, 17), max(level, 0)))
    assert found.scores == pytest.approx([max(level, 0)] * 2)
    assert np.abs(found.keypoints).max() < 20


@every_decoder
def test_of_equal_cells_the_first_in_reading_order_counts(decode: Decode) -> None:
    maps = np.zeros((1, 17, 64, 48), np.float32)
    maps[:, :, 40, 10] = maps[:, :, 20, 30] = maps[:, :, 20, 12] = 0.5
    assert np.abs(decode([maps], OPTIONS).keypoints - [12 * 4, 20 * 4]).max() < 2


@every_decoder
def test_scores_are_the_highest_cells_cut_to_one_and_their_mean(decode: Decode) -> None:
    keypoints, peaks = heatmap.crops(2, 4)
    peaks[0, 0], peaks[1, 1] = 1.5, -1.0
    found = decode([heatmap.biased(keypoints, peaks)], OPTIONS)
    assert found.keypoint_scores == pytest.approx(np.clip(peaks, 0, 1))
    assert found.scores == pytest.approx(np.clip(peaks, 0, 1).mean(axis=1))


@every_decoder
def test_the_box_lies_around_the_joints_that_are_there(decode: Decode) -> None:
    keypoints, peaks = heatmap.crops(1, 5, margin=INSIDE)
    peaks[0, :4] = 0.0
    found = decode([heatmap.biased(keypoints, peaks)], OPTIONS)
    there = found.keypoints[0, 4:]
    assert found.boxes[0] == pytest.approx(np.concatenate([there.min(axis=0), there.max(axis=0)]))


@every_decoder
def test_a_batch_is_a_loop_of_one(decode: Decode) -> None:
    maps = seen(5, 11, margin=0)
    together = decode([maps], OPTIONS)
    for row in range(5):
        alone = decode([maps[row : row + 1]], OPTIONS)
        assert np.abs(alone.keypoints[0] - together.keypoints[row]).max() < 1e-3
        assert np.array_equal(alone.keypoint_scores[0], together.keypoint_scores[row])
        assert alone.scores[0] == pytest.approx(together.scores[row])


@every_decoder
@given(seed=st.integers(0, 2**32 - 1), order=st.permutations(range(3)))
def test_the_order_of_persons_changes_nothing_else(decode: Decode, seed: int, order: list[int]) -> None:
    maps = seen(3, seed, margin=0)
    one, other = decode([maps], OPTIONS), decode([maps[order]], OPTIONS)
    assert np.abs(other.keypoints - one.keypoints[order]).max() < 1e-3
    assert np.array_equal(other.keypoint_scores, one.keypoint_scores[order])


@every_decoder
@given(seed=st.integers(0, 2**32 - 1), dx=st.integers(-3, 3), dy=st.integers(-3, 3))
def test_maps_moved_by_cells_move_the_joints(decode: Decode, seed: int, dx: int, dy: int) -> None:
    maps = seen(1, seed)
    found, moved = decode([maps], OPTIONS), decode([np.roll(maps, (dy, dx), axis=(2, 3))], OPTIONS)
    last = LAST_PIXEL[decode]
    step = np.array([dx * (192 - last) / 47, dy * (256 - last) / 63])
    assert np.abs(moved.keypoints - found.keypoints - step).max() < 1e-2


@every_decoder
@given(seed=st.integers(0, 2**32 - 1))
def test_mirrored_maps_have_left_and_right_swapped(decode: Decode, seed: int) -> None:
    maps = seen(1, seed)
    found, mirror = decode([maps], OPTIONS), decode([maps[:, MIRRORED][..., ::-1]], OPTIONS)
    back = mirror.keypoints[:, MIRRORED] * [-1, 1] + [192 - LAST_PIXEL[decode], 0]
    assert np.abs(back - found.keypoints).max() < 1e-2
    assert np.array_equal(mirror.keypoint_scores[:, MIRRORED], found.keypoint_scores)


@every_decoder
@given(seed=st.integers(0, 2**32 - 1), factor=st.integers(1, 5))
def test_the_same_maps_of_a_larger_input_lie_as_much_further_apart(decode: Decode, seed: int, factor: int) -> None:
    maps = seen(1, seed, margin=0)
    larger = DecodeOptions(64 * factor, 48 * factor)
    wider = (1 - np.array([48, 64]) * factor) / (1 - np.array([192, 256]))
    scale = wider if decode is decode_heatmap_udp else factor / 4
    found, scaled = decode([maps], OPTIONS), decode([maps], larger)
    assert np.abs(scaled.keypoints - found.keypoints * scale).max() < 1e-2


@every_decoder
def test_any_number_of_joints_that_the_card_says(decode: Decode) -> None:
    maps = heatmap.biased(*heatmap.crops(2, 8, joints=21))
    assert decode([maps], DecodeOptions(256, 192, joints=21)).keypoints.shape == (2, 21, 2)
    with pytest.raises(OutputMismatch, match=r"wanted one output of shape \[any, 17, any, any\]"):
        decode([maps], OPTIONS)


@every_decoder
@pytest.mark.parametrize(
    ("outputs", "got"),
    [
        ([], "no output"),
        ([np.zeros((1, 16, 64, 48), np.float32)], "[1, 16, 64, 48]"),
        ([np.zeros((17, 64, 48), np.float32)], "[17, 64, 48]"),
        ([np.zeros((1, 17, 64, 48), np.float32)] * 2, "[1, 17, 64, 48], [1, 17, 64, 48]"),
        ([np.zeros((1, 17, 48, 64), np.float32)], "48 rows and 64 columns"),
        ([np.zeros((1, 17, 64, 49), np.float32)], "64 rows and 49 columns"),
        ([np.zeros((1, 17, 512, 384), np.float32)], "512 rows and 384 columns"),
        ([np.zeros((1, 17, 0, 0), np.float32)], "0 rows and 0 columns"),
        ([np.full((1, 17, 64, 48), np.nan, np.float32)], "NaN or infinity"),
        ([np.full((1, 17, 64, 48), -np.inf, np.float32)], "NaN or infinity"),
    ],
)
def test_a_foreign_network_is_refused(decode: Decode, outputs: list[Array], got: str) -> None:
    with pytest.raises(OutputMismatch, match=r"wanted .*, got .*; does the card name the right decoder") as caught:
        decode(outputs, OPTIONS)
    assert got in str(caught.value)
    assert str(caught.value).startswith(ALL[decode] + ":")


def test_beside_a_peak_at_the_edge_lies_the_edge_itself() -> None:
    maps = np.zeros((1, 17, 64, 48), np.float32)
    maps[:, :, 0, 47], maps[:, :, 1, 47], maps[:, :, 0, 46] = 0.9, 0.5, 0.25
    peaks = find_peaks("name", [maps], OPTIONS)
    around = ((0, 0), (1, 0), (0, -1), (-1, 0), (0, 1))
    assert [peaks.beside(x, y)[0] for x, y in around] == pytest.approx([0.9, 0.9, 0.9, 0.25, 0.5])
    assert peaks.inside(1, 1)[0].tolist() == [False, False]
