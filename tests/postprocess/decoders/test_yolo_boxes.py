from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from postprocess.decoders import DecodedBoxes, DecodeOptions
from postprocess.decoders.yolo_boxes import decode_yolo_boxes
from synthetic.yolo import People, beside, crowd_boxes, one_to_many, people, raw_head

SIZE = (384, 640)
ANCHORS = 5040
OPTIONS = DecodeOptions(*SIZE, min_score=0.25, joints=0)
EXACT = 1e-3  # px
Array = NDArray[np.float32]


def crowd(count: int, seed: int, size: tuple[int, int] = SIZE) -> People:
    return people(count, seed, size, joints=0)


def decoded(truth: People) -> DecodedBoxes:
    return decode_yolo_boxes([one_to_many(raw_head(truth, SIZE, 8), SIZE, 8)], OPTIONS)


def test_nobody() -> None:
    found = decoded(crowd(1, 0).rows(slice(0)))
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)
    assert found.boxes.dtype == found.scores.dtype == np.float32


@pytest.mark.parametrize("persons", [1, 5, 20])
@pytest.mark.parametrize("size", [(384, 640), (640, 640), (640, 384), (96, 160)])
@pytest.mark.parametrize(("generation", "classes"), [(8, 80), (8, 1), (26, 80)])
def test_what_was_encoded_is_decoded(
    persons: int, size: tuple[int, int], generation: int, classes: int, reproduces: Callable[..., None]
) -> None:
    truth = crowd(persons, persons, size)
    raw = raw_head(truth, size, generation)
    others = np.random.default_rng(persons).uniform(0, 1, (len(raw), classes - 1))
    outputs = [one_to_many(raw, size, generation, others)]
    found = decode_yolo_boxes(outputs, DecodeOptions(*size, min_score=0.25, joints=0))
    reproduces("YOLO boxes", outputs, np.abs(found.boxes - truth.best_first().boxes).max(), EXACT)
    assert np.abs(found.scores - truth.best_first().scores).max() < 1e-6


@pytest.mark.parametrize(("overlap", "left"), [(0.4, 2), (0.6, 1), (0.9, 1)])
def test_doubles_are_suppressed(overlap: float, left: int) -> None:
    box = np.array([200.0, 40.0, 300.0, 340.0])
    both = crowd(2, 4)._replace(boxes=np.stack([box, beside(box, overlap)]), scores=np.array([0.8, 0.7]))
    found = decode_yolo_boxes([one_to_many(raw_head(both, SIZE, 8, strides=(32, 16)), SIZE, 8)], OPTIONS)
    assert found.scores.tolist() == pytest.approx([0.8, 0.7][:left])
    assert np.abs(found.boxes - both.boxes[:left]).max() < EXACT


def test_other_classes_and_doubtful_anchors_are_dropped() -> None:
    raw = raw_head(crowd(2, 1)._replace(scores=np.array([0.24, 0.1])), SIZE, 8)
    output = one_to_many(raw, SIZE, 8, np.full((ANCHORS, 79), 0.99))
    assert decode_yolo_boxes([output], OPTIONS).boxes.shape == (0, 4)


@given(seed=st.integers(0, 2**32 - 1), order=st.permutations(range(4)))
def test_the_order_of_persons_changes_nothing(seed: int, order: list[int]) -> None:
    truth = crowd(4, seed)
    assert np.array_equal(decoded(truth).boxes, decoded(truth.rows(order)).boxes)


@given(seed=st.integers(0, 2**32 - 1), dx=st.floats(-100, 100), dy=st.floats(-60, 60), factor=st.floats(0.1, 1))
def test_moved_and_scaled_persons_are_found_there(seed: int, dx: float, dy: float, factor: float) -> None:
    truth = crowd(1, seed, (190, 320))
    moved = truth._replace(boxes=truth.boxes * factor + np.tile([150 + dx, 80 + dy], 2))
    assert np.abs(decoded(moved).boxes - moved.boxes).max() < EXACT


@given(seed=st.integers(0, 2**32 - 1))
def test_a_mirrored_picture_gives_mirrored_boxes(seed: int) -> None:
    truth = crowd(3, seed)
    flipped = truth.boxes[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + np.array([640, 0, 640, 0])
    found = decoded(truth._replace(boxes=flipped)).boxes
    back = found[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + np.array([640, 0, 640, 0])
    assert np.abs(back - decoded(truth).boxes).max() < EXACT


@pytest.mark.parametrize("persons", [1, 5, 20])
def test_a_crowd_is_found_whole(persons: int) -> None:
    outputs, options = crowd_boxes(persons)
    assert len(decode_yolo_boxes(outputs, DecodeOptions(**options)).scores) == persons


@pytest.mark.parametrize(
    ("outputs", "got"),
    [
        ([], "no output"),
        ([np.zeros((1, 84, 8400), np.float32)], "[1, 84, 8400]"),  # of 640 x 640
        ([np.zeros((1, ANCHORS, 84), np.float32)], "[1, 5040, 84]"),
        ([np.zeros((1, 300, 6), np.float32)], "[1, 300, 6]"),  # an end-to-end head
        ([np.zeros((1, 4, ANCHORS), np.float32)], "4 numbers"),
        ([np.full((1, 84, ANCHORS), np.inf, np.float32)], "NaN or infinity"),
    ],
)
def test_a_foreign_network_is_refused(outputs: list[Array], got: str) -> None:
    with pytest.raises(OutputMismatch, match=r"yolo_boxes: wanted .*, got .*; does the card") as caught:
        decode_yolo_boxes(outputs, OPTIONS)
    assert got in str(caught.value)
