"""Keypoint R-CNN: for each box of a person one map of logits per joint, laid over the box.

Formula (He et al. 2017, as Detectron2 reads it): the map is resized to the box by bicubic interpolation; the joint
is at the centre of the highest sample, its score is exp(highest) / the sum of exp over the map as it came.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from posestream.schemas.checks import Float32
from postprocess.decoders.bicubic_peaks import bicubic_peaks
from postprocess.decoders.result import DecodedPoses, DecodeOptions, single_output

_NAME = "keypoint_rcnn"
_LARGEST_BOX = 2  # times the input: a box beyond is not resized finer


def decode_keypoint_rcnn(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPoses:
    """Decode the persons of one picture; those below ``options.min_score`` are dropped.

    The outputs are boxes [R, 4], scores [R], and either keypoints [R, K, 3] (x, y, score), if the network decodes
    them itself, or logits [R, K, h, w]; beside the scores there may be classes [R], which are not needed: a network
    of keypoints finds persons only.

    Raises:
        OutputMismatch: if one of them is not there, or is not finite.
    """
    shaped = list(outputs)
    boxes = single_output(_NAME, shaped, (None, 4))
    scores = _scores(shaped, len(boxes))
    kept = scores >= options.min_score
    if any(output.ndim == 3 for output in shaped):
        joints = single_output(_NAME, shaped, (len(boxes), options.joints, 3))[kept]
    else:
        logits = single_output(_NAME, shaped, (len(boxes), options.joints, None, None))
        if 0 in logits.shape[2:]:
            raise OutputMismatch(_NAME, "logits for each box", "no logits")
        joints = _read_logits(logits[kept], boxes[kept], options)
    return DecodedPoses(
        keypoints=joints[..., :2],
        keypoint_scores=np.clip(joints[..., 2], 0.0, 1.0),
        boxes=boxes[kept],
        scores=np.clip(scores[kept], 0.0, 1.0),
    )


def _scores(outputs: list[NDArray[np.float32]], count: int) -> Float32:
    """Give the scores among one or two outputs [R]: classes are whole numbers.

    Scores that happen to be whole are 1, so of two whole outputs the ones are the scores; of equal ones it does not
    matter which is which.
    """
    lines = [single_output(_NAME, [output], (count,)) for output in outputs if output.shape == (count,)]
    if len(lines) == 2:
        fractions = [line for line in lines if (line % 1).any()]
        ones = [line for line in lines if (line == 1).all() or np.array_equal(lines[0], lines[1])]
        lines = fractions or ones[:1]
    if len(lines) != 1:
        got = "none" if not lines else f"{len(lines)} that may be"
        raise OutputMismatch(_NAME, f"scores [{count}], alone or beside classes [{count}] of whole numbers", got)
    return lines[0]


def _read_logits(logits: Float32, boxes: Float32, options: DecodeOptions) -> Float32:
    """Give joints (N, K, 3) as x, y in px of the input and score, of logits (N, K, h, w) in boxes (N, 4)."""
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0)
    most = _LARGEST_BOX * np.array([options.width, options.height])
    samples = np.minimum(np.ceil(sides), most).astype(np.int64)
    joints = np.empty((*logits.shape[:2], 3), np.float32)
    for row, (maps, box, side, (columns, rows)) in enumerate(zip(logits, boxes, sides, samples, strict=True)):
        peaks = bicubic_peaks(maps, int(rows), int(columns))
        joints[row, :, :2] = box[:2] + (peaks.places + 0.5) * (side / samples[row])
        joints[row, :, 2] = _shares(maps, peaks.values)
    return joints


def _shares(maps: Float32, tops: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give exp(top) / sum(exp(map)), at most 1, of maps (K, h, w) and tops (K,)."""
    # Both over the map's own largest, which neither overflows nor divides by zero.
    highest = maps.max(axis=(1, 2)).astype(np.float64)
    total = np.exp(maps - highest[:, None, None]).sum(axis=(1, 2))
    shares: NDArray[np.float64] = np.exp(np.minimum(tops - highest, np.log(total))) / total
    return shares
