"""YOLO v8 and 11: what their one-to-many heads have in common, [1, D, A] with one column per anchor.

Layout, from the exported networks: cx, cy, w, h in px of the input, then shares: the score of each class, then what
else the head knows. The anchors are the cells at strides 8, 16 and 32.
Letters in shapes: D numbers per anchor, A anchors, N persons.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from posestream.schemas.checks import Float32
from postprocess.boxes import suppress
from postprocess.decoders.result import DecodeOptions, single_output

_STRIDES = (8, 16, 32)
_PERSON = 4  # the row of class 0
_OVERLAP = 0.45  # two boxes that share more are the same person


def yolo_persons(
    decoder: str, outputs: Sequence[NDArray[np.float32]], length: int | None, options: DecodeOptions
) -> Float32:
    """Give the persons (N, D), best first: x1, y1, x2, y2 px, score in [0, 1], then the rest as it came.

    ``length`` is the D that is wanted, None for any. Anchors below ``options.min_score`` are dropped before
    anything is computed, doubles suppressed.

    Raises:
        OutputMismatch: if no output has the shape [1, D, A] of this input's size, it has no score, or is not finite.
    """
    anchors = sum(-(-options.height // stride) * -(-options.width // stride) for stride in _STRIDES)
    columns = single_output(decoder, list(outputs), (1, length, anchors))[0]
    if len(columns) <= _PERSON:
        raise OutputMismatch(decoder, f"a box and a score for each of {anchors} anchors", f"{len(columns)} numbers")
    found = columns[:, columns[_PERSON] >= options.min_score].T
    halves = found[:, 2:4] / 2
    boxes = np.concatenate([found[:, :2] - halves, found[:, :2] + halves], axis=1)
    scores = np.clip(found[:, 4:5], 0.0, 1.0)
    persons = np.concatenate([boxes, scores, found[:, 5:]], axis=1)
    return persons[suppress(boxes, scores[:, 0], _OVERLAP)]
