"""BlazePose's detector: for each anchor a score, a box and four keypoints of a person.

Source of the formula: Bazarevsky et al. 2020 and the anchors of the single-shot detectors it follows. The grids have
strides 8 and 16 with two anchors a cell and stride 32 with six, row by row; an anchor is no more than its cell's centre
((x + .5) / columns, (y + .5) / rows). An output row holds cx, cy, w, h and four times x, y in px of the input, places
relative to the anchor. A person is found by many anchors: the answer is the mean of all of them, weighted by their
scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from posestream.schemas.checks import Float32, freeze_arrays
from postprocess.boxes import iou_matrix
from postprocess.decoders.result import DecodedBoxes, DecodeOptions, single_output

_GRIDS = ((8, 2), (16, 2), (32, 6))  # stride, anchors a cell
_POINTS = 4
_OVERLAP = 0.3  # two boxes that share more are of the same person


@dataclass(frozen=True, eq=False, kw_only=True)
class DecodedPersons(DecodedBoxes):
    """Boxes and scores as in DecodedBoxes; keypoints (N, 4, 2) input px.

    The keypoints are the middle of the hips, a point on the circle around the whole body, the middle of the
    shoulders and a point on the circle around the upper body.
    """

    keypoints: Float32

    def __post_init__(self) -> None:
        """Check that the arrays speak of the same persons."""
        super().__post_init__()
        freeze_arrays(self, {"keypoints": (np.float32, (len(self.boxes), _POINTS, 2))})


@cache
def blazepose_anchors(height: int, width: int) -> Float32:
    """Give the anchors' centres (A, 2) in px of an input of this size; 2254 of them for 224 x 224."""
    grids = []
    for stride, anchors in _GRIDS:
        rows, columns = -(-height // stride), -(-width // stride)
        y, x = np.divmod(np.arange(rows * columns), columns)
        centres = np.stack([(x + 0.5) * width / columns, (y + 0.5) * height / rows], axis=1)
        grids.append(np.repeat(centres, anchors, axis=0))
    anchors_px = np.concatenate(grids).astype(np.float32)
    anchors_px.flags.writeable = False  # all callers share it
    return anchors_px


def decode_blazepose_detector(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPersons:
    """Decode the persons of a picture, best first; anchors whose score is below ``options.min_score`` are dropped.

    Raises:
        OutputMismatch: if the logits [1, A, 1] or the rows [1, A, 12] of the A anchors are not there or not finite.
    """
    anchors = blazepose_anchors(options.height, options.width)
    logits = single_output("blazepose_detector", list(outputs), (1, len(anchors), 1))[0, :, 0]
    rows = single_output("blazepose_detector", list(outputs), (1, len(anchors), 4 + 2 * _POINTS))[0]
    scores = expit(logits)
    likely = (scores >= options.min_score) & (rows[:, 2:4] > 0).all(axis=1)  # a box turned inside out is nobody's
    persons, best = _merged(_places(rows[likely], anchors[likely]), scores[likely])
    return DecodedPersons(boxes=persons[:, :4], scores=best, keypoints=persons[:, 4:].reshape(-1, _POINTS, 2))


def _places(rows: Float32, anchors: Float32) -> Float32:
    """Give x1, y1, x2, y2 and four times x, y (n, 12) in px of rows (n, 12) at anchors (n, 2)."""
    centres, halves = rows[:, :2] + anchors, rows[:, 2:4] / 2
    points = rows[:, 4:] + np.tile(anchors, _POINTS)
    return np.concatenate([centres - halves, centres + halves, points], axis=1)


def _merged(places: Float32, scores: Float32) -> tuple[Float32, Float32]:
    """Give one row for each cluster of places (n, 12): their mean weighted by the scores (n,), and the best score."""
    waiting = np.argsort(-scores, kind="stable")
    persons, best = [], []
    while len(waiting):
        first = waiting[0]
        same = iou_matrix(places[first, None, :4], places[waiting, :4])[0] > _OVERLAP
        same[0] = True
        cluster = waiting[same]
        persons.append(np.average(places[cluster], axis=0, weights=scores[cluster]))
        best.append(scores[first])
        waiting = waiting[~same]
    return np.array(persons, np.float32).reshape(-1, places.shape[1]), np.array(best, np.float32)
