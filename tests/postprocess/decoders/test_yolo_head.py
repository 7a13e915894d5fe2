import numpy as np
import pytest
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from postprocess.boxes import iou_matrix
from postprocess.decoders import DecodeOptions
from postprocess.decoders.yolo_head import yolo_persons
from synthetic.yolo import NOBODY, beside, grid, one_to_many, people, raw_head

SIZE = (384, 640)
OPTIONS = DecodeOptions(*SIZE, min_score=0.25)
Array = NDArray[np.float32]


def persons_of(overlap: float) -> Array:
    """Rows of two anchors whose boxes share ``overlap``; the worse comes first."""
    two = people(2, 0, SIZE)
    box = np.array([100.0, 100.0, 180.0, 300.0])
    both = two._replace(boxes=np.stack([box, beside(box, overlap)]), scores=np.array([0.5, 0.9]))
    assert iou_matrix(both.boxes[:1], both.boxes[1:])[0, 0] == pytest.approx(overlap)
    output = one_to_many(raw_head(both, SIZE, 8, strides=(16, 32)), SIZE, 8)
    found = yolo_persons("yolo", [output], 56, OPTIONS)
    assert np.abs(found[0, :4] - both.boxes[1]).max() < 1e-3
    return found


@pytest.mark.parametrize(
    ("size", "anchors"), [((640, 640), 8400), ((384, 640), 5040), ((640, 384), 5040), ((32, 32), 21)]
)
def test_the_anchors_are_those_of_the_size(size: tuple[int, int], anchors: int) -> None:
    assert len(grid(size).anchors) == anchors
    nothing = np.zeros((1, 56, anchors), np.float32)
    assert yolo_persons("yolo", [nothing], 56, DecodeOptions(*size, min_score=0.1)).shape == (0, 56)


def test_a_side_that_is_not_a_multiple_of_the_stride_counts_its_last_cell() -> None:
    nothing = np.zeros((1, 6, 13 * 13 + 7 * 7 + 4 * 4), np.float32)
    assert yolo_persons("yolo", [nothing], None, DecodeOptions(100, 100, min_score=0.1)).shape == (0, 6)


@pytest.mark.parametrize(("overlap", "left"), [(0.3, 2), (0.44, 2), (0.46, 1), (0.6, 1), (0.9, 1)])
def test_of_boxes_that_share_more_than_45_percent_the_best_stays(overlap: float, left: int) -> None:
    found = persons_of(overlap)
    assert found[:, 4].tolist() == pytest.approx([0.9, 0.5][:left])


def test_nine_anchors_of_each_person_are_one_find() -> None:
    truth = people(6, 3, SIZE)
    raw = raw_head(truth, SIZE, 8, copies=8)
    assert (raw[:, 64] > NOBODY).sum() > 6 * 4
    found = yolo_persons("yolo", [one_to_many(raw, SIZE, 8)], 56, OPTIONS)
    assert len(found) == 6
    assert np.abs(found[:, 4] - truth.best_first().scores).max() < 1e-6


def test_a_score_at_the_bound_is_kept_and_scores_end_at_one() -> None:
    output = np.zeros((1, 5, 5040), np.float32)
    output[0, :, 7] = [50, 50, 10, 10, 0.25]
    output[0, :, 9] = [90, 50, 10, 10, 1.2]
    output[0, :, 11] = [150, 50, 10, 10, 0.2499]
    found = yolo_persons("yolo", [output], None, OPTIONS)
    assert found.tolist() == [[85, 45, 95, 55, 1], [45, 45, 55, 55, 0.25]]


@pytest.mark.parametrize(
    ("outputs", "length", "got"),
    [
        ([], 56, "no output"),
        ([np.zeros((1, 56, 8400), np.float32)], 56, "[1, 56, 8400]"),  # of 640 x 640
        ([np.zeros((1, 53, 5040), np.float32)], 56, "[1, 53, 5040]"),
        ([np.zeros((1, 5040, 56), np.float32)], 56, "[1, 5040, 56]"),
        ([np.zeros((1, 4, 5040), np.float32)], None, "4 numbers"),
        ([np.full((1, 56, 5040), np.nan, np.float32)], 56, "NaN or infinity"),
    ],
)
def test_a_foreign_network_is_refused(outputs: list[Array], length: int | None, got: str) -> None:
    with pytest.raises(OutputMismatch, match=r"yolo: wanted .*, got .*; does the card") as caught:
        yolo_persons("yolo", outputs, length, OPTIONS)
    assert got in str(caught.value)
