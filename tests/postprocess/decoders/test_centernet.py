from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from postprocess.decoders import DecodedBoxes, DecodeOptions
from postprocess.decoders.centernet import decode_centernet
from synthetic.detectors import Finds, crowd_centernet, encode_centernet, finds

SIZE = (512, 512)
OPTIONS = DecodeOptions(*SIZE, min_score=0.3)
EXACT = 1e-3  # px
Array = NDArray[np.float32]


def decoded(truth: Finds) -> DecodedBoxes:
    return decode_centernet(encode_centernet(truth), OPTIONS)


@pytest.mark.parametrize("others", [0, 7])
def test_nobody(others: int) -> None:
    found = decoded(finds(0, 0, SIZE, others))
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)
    assert found.boxes.dtype == found.scores.dtype == np.float32


@pytest.mark.parametrize(("persons", "others"), [(1, 0), (5, 20), (20, 80)])
@pytest.mark.parametrize("size", [(512, 512), (384, 640)])
def test_what_was_encoded_is_decoded(
    persons: int, others: int, size: tuple[int, int], reproduces: Callable[..., None]
) -> None:
    truth = finds(persons, persons, size, others)
    outputs = encode_centernet(truth)
    found = decode_centernet(outputs, DecodeOptions(*size, min_score=0.3))
    wanted = truth.rows(truth.classes == 0)
    reproduces("CenterNet boxes", outputs, np.abs(found.boxes - wanted.boxes).max(), EXACT)
    assert np.abs(found.scores - wanted.scores).max() < 1e-6


def test_doubtful_boxes_are_dropped_and_scores_end_at_one() -> None:
    truth = finds(4, 2, SIZE)._replace(scores=np.array([1.1, 0.3, 0.29, 0.0], np.float32))
    found = decoded(truth)
    assert found.scores.tolist() == pytest.approx([1.0, 0.3])
    assert np.abs(found.boxes - truth.boxes[:2]).max() < EXACT


def test_boxes_on_each_other_are_persons_of_their_own() -> None:
    assert len(decoded(finds(1, 3, SIZE).rows([0, 0])).scores) == 2


@given(seed=st.integers(0, 2**32 - 1), order=st.permutations(range(6)))
def test_the_order_of_finds_is_the_order_of_boxes(seed: int, order: list[int]) -> None:
    shuffled = finds(3, seed, SIZE, others=3).rows(order)
    assert np.array_equal(decoded(shuffled).boxes, shuffled.boxes[shuffled.classes == 0].astype(np.float32))


@given(seed=st.integers(0, 2**32 - 1), dx=st.floats(-100, 100), dy=st.floats(-60, 60), factor=st.floats(0.1, 2))
def test_moved_and_scaled_boxes_are_found_there(seed: int, dx: float, dy: float, factor: float) -> None:
    truth = finds(3, seed, SIZE)
    moved = truth.boxes * factor + np.tile([dx, dy], 2)
    assert np.abs(decoded(truth._replace(boxes=moved)).boxes - moved).max() < EXACT


@given(seed=st.integers(0, 2**32 - 1))
def test_a_mirrored_picture_gives_mirrored_boxes(seed: int) -> None:
    truth = finds(3, seed, SIZE)
    flipped = truth.boxes[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + np.array([512, 0, 512, 0])
    found = decoded(truth._replace(boxes=flipped)).boxes
    back = found[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + np.array([512, 0, 512, 0])
    assert np.abs(back - decoded(truth).boxes).max() < EXACT


@pytest.mark.parametrize("persons", [1, 5, 20])
def test_a_crowd_is_found_whole(persons: int) -> None:
    outputs, options = crowd_centernet(persons)
    assert len(decode_centernet(outputs, DecodeOptions(**options)).scores) == persons


@pytest.mark.parametrize(
    ("outputs", "got"),
    [
        ([], "no output"),
        ([np.zeros((1, 300, 6), np.float32)], "[1, 300, 6]"),
        ([np.zeros((1, 100, 5), np.float32)], "[1, 100, 5]"),
        ([np.zeros((2, 100, 6), np.float32)], "[2, 100, 6]"),
        ([np.zeros((100, 6), np.float32)], "[100, 6]"),
        ([np.full((1, 100, 6), np.nan, np.float32)], "NaN or infinity"),
    ],
)
def test_a_foreign_network_is_refused(outputs: list[Array], got: str) -> None:
    with pytest.raises(OutputMismatch, match=r"centernet: wanted .*, got .*; does the card") as caught:
        decode_centernet(outputs, OPTIONS)
    assert got in str(caught.value)
