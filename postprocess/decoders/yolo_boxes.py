"""YOLO v8 and 11 as detectors: [1, 4 + C, A], per anchor a box and the scores of C classes, of which 0 is a person."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from postprocess.decoders.result import DecodedBoxes, DecodeOptions
from postprocess.decoders.yolo_head import yolo_persons


def decode_yolo_boxes(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedBoxes:
    """Decode the boxes of persons, best first; those below ``options.min_score`` are dropped, doubles suppressed.

    Any number of classes will do; their scores have no say in who is a person.

    Raises:
        OutputMismatch: if no output has the shape [1, 4 + C, A] for this input's size, or it is not finite.
    """
    persons = yolo_persons("yolo_boxes", outputs, None, options)
    return DecodedBoxes(boxes=persons[:, :4], scores=persons[:, 4])
