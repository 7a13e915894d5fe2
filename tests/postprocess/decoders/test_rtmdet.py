from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from postprocess.decoders import DecodedBoxes, DecodeOptions
from postprocess.decoders.rtmdet import decode_rtmdet
from synthetic.detectors import Finds, crowd_rtmdet, encode_rtmdet, finds

SIZE = (384, 640)
OPTIONS = DecodeOptions(*SIZE, min_score=0.3)
EXACT = 1e-3  # px


def decoded(truth: Finds) -> DecodedBoxes:
    return decode_rtmdet(encode_rtmdet(truth), OPTIONS)


@pytest.mark.parametrize("others", [0, 7])
def test_nobody(others: int) -> None:
    found = decoded(finds(0, 0, SIZE, others))
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)
    assert found.boxes.dtype == found.scores.dtype == np.float32


@pytest.mark.parametrize(("persons", "others"), [(1, 0), (5, 20), (20, 80)])
@pytest.mark.parametrize("size", [(384, 640), (640, 384), (320, 320)])
def test_what_was_encoded_is_decoded(
    persons: int, others: int, size: tuple[int, int], reproduces: Callable[..., None]
) -> None:
    truth = finds(persons, persons, size, others)
    outputs = encode_rtmdet(truth)
    found = decode_rtmdet(outputs, DecodeOptions(*size, min_score=0.3))
    wanted = truth.rows(truth.classes == 0)
    reproduces("RTMDet boxes", outputs, np.abs(found.boxes - wanted.boxes).max(), EXACT)
    assert np.abs(found.scores - wanted.scores).max() < 1e-6


def test_the_places_of_a_padded_export_are_nobody() -> None:
    dets, labels = encode_rtmdet(finds(2, 1, SIZE))
    padded = [np.pad(dets, ((0, 0), (0, 8), (0, 0))), np.pad(labels, ((0, 0), (0, 8)), constant_values=-1)]
    found = decode_rtmdet(padded, DecodeOptions(*SIZE, min_score=0.0))
    assert np.array_equal(found.boxes, dets[0, :, :4])


def test_doubtful_boxes_are_dropped_and_scores_end_at_one() -> None:
    truth = finds(4, 2, SIZE)._replace(scores=np.array([1.1, 0.3, 0.29, 0.0], np.float32))
    found = decoded(truth)
    assert found.scores.tolist() == pytest.approx([1.0, 0.3])
    assert np.abs(found.boxes - truth.boxes[:2]).max() < EXACT


def test_doubles_are_the_export_s_to_suppress() -> None:
    truth = finds(1, 3, SIZE).rows([0, 0])
    assert len(decoded(truth).scores) == 2


@pytest.mark.parametrize("count", [1, 5])
def test_five_finds_or_one_are_not_taken_for_something_else(count: int) -> None:
    assert len(decode_rtmdet(encode_rtmdet(finds(count, 4, SIZE))[::-1], OPTIONS).scores) == count


@given(seed=st.integers(0, 2**32 - 1), order=st.permutations(range(6)))
def test_the_order_of_finds_is_the_order_of_boxes(seed: int, order: list[int]) -> None:
    truth = finds(3, seed, SIZE, others=3)
    shuffled = truth.rows(order)
    wanted = shuffled.boxes[shuffled.classes == 0].astype(np.float32)
    assert np.array_equal(decoded(shuffled).boxes, wanted)


@given(seed=st.integers(0, 2**32 - 1), dx=st.floats(-100, 100), dy=st.floats(-60, 60), factor=st.floats(0.1, 2))
def test_moved_and_scaled_boxes_are_found_there(seed: int, dx: float, dy: float, factor: float) -> None:
    truth = finds(3, seed, SIZE)
    moved = truth.boxes * factor + np.tile([dx, dy], 2)
    assert np.abs(decoded(truth._replace(boxes=moved)).boxes - moved).max() < EXACT


@given(seed=st.integers(0, 2**32 - 1))
def test_a_mirrored_picture_gives_mirrored_boxes(seed: int) -> None:
    truth = finds(3, seed, SIZE)
    flipped = truth.boxes[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + np.array([640, 0, 640, 0])
    found = decoded(truth._replace(boxes=flipped)).boxes
    back = found[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + np.array([640, 0, 640, 0])
    assert np.abs(back - decoded(truth).boxes).max() < EXACT


@pytest.mark.parametrize("persons", [1, 5, 20])
def test_a_crowd_is_found_whole(persons: int) -> None:
    outputs, options = crowd_rtmdet(persons)
    assert len(decode_rtmdet(outputs, DecodeOptions(**options)).scores) == persons


def zeros(*shape: int) -> NDArray[Any]:
    return np.zeros(shape, np.float32)


@pytest.mark.parametrize(
    ("outputs", "got"),
    [
        ([], "no output"),
        ([zeros(1, 9, 5)], "[1, 9, 5]"),
        ([zeros(1, 9, 5), zeros(1, 8)], "[1, 8]"),
        ([zeros(1, 9, 4), zeros(1, 9)], "[1, 9, 4]"),
        ([zeros(2, 9, 5), zeros(2, 9)], "[2, 9, 5]"),
        ([zeros(1, 9, 5) + np.nan, zeros(1, 9)], "NaN or infinity"),
        ([zeros(1, 9, 5), zeros(1, 9) + np.inf], "NaN or infinity"),
    ],
)
def test_a_foreign_network_is_refused(outputs: list[NDArray[Any]], got: str) -> None:
    with pytest.raises(OutputMismatch, match=r"rtmdet: wanted .*, got .*; does the card") as caught:
        decode_rtmdet(outputs, OPTIONS)
    assert got in str(caught.value)
