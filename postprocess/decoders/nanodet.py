"""NanoDet: per cell a class score and, for each side of the box, a distribution over 11 distances.

Formula: a side's distance is the expectation of softmax(11 logits) over 0..10, times the stride, measured from
the cell's centre ((x + .5) stride, (y + .5) stride) (generalized focal loss, Li et al. 2020).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32
from postprocess.boxes import suppress
from postprocess.decoders.result import DecodedBoxes, DecodeOptions, single_output

_CLASSES = 80
_PERSON = 0
_BINS = 11
_STRIDES = (8, 16, 32)
_OVERLAP = 0.6  # two boxes that share more are the same person


def decode_nanodet(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedBoxes:
    """Decode the boxes of persons; those below ``options.min_score`` are dropped, doubles suppressed.

    Raises:
        OutputMismatch: if for some stride the scores [1, n, 80] or the distances [1, n, 44] are not there.
    """
    boxes, scores = [], []
    for stride in _STRIDES:
        rows, columns = -(-options.height // stride), -(-options.width // stride)
        cells = rows * columns
        person = single_output("nanodet", list(outputs), (1, cells, _CLASSES))[0, :, _PERSON]
        logits = single_output("nanodet", list(outputs), (1, cells, 4 * _BINS))[0]
        likely = np.flatnonzero(person >= options.min_score)
        boxes.append(_boxes_of(logits[likely], likely, columns, stride))
        scores.append(person[likely])
    all_boxes, all_scores = np.concatenate(boxes), np.clip(np.concatenate(scores), 0.0, 1.0)
    kept = suppress(all_boxes, all_scores, _OVERLAP)
    return DecodedBoxes(boxes=all_boxes[kept], scores=all_scores[kept])


def _boxes_of(logits: Float32, cells: NDArray[np.int64], columns: int, stride: int) -> Float32:
    """Give boxes (n, 4) in px of logits (n, 44) at these cells."""
    distances = logits.reshape(-1, 4, _BINS)
    weights = np.exp(distances - distances.max(axis=2, keepdims=True))
    bins = np.arange(_BINS, dtype=np.float32)
    sides = weights @ bins / weights.sum(axis=2) * stride
    centres = np.stack([cells % columns + 0.5, cells // columns + 0.5], axis=1).astype(np.float32) * stride
    return np.concatenate([centres - sides[:, :2], centres + sides[:, 2:]], axis=1).astype(np.float32)
