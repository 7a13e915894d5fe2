"""MoveNet: coordinates come as shares of the padded input, y before x.

Source of the layout: the networks' public model cards (single pose [1, 1, 17, 3]: y, x, score; multi pose
[1, 6, 56]: 17 times y, x, score, then ymin, xmin, ymax, xmax, score).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32
from postprocess.decoders.result import DecodedPoses, DecodeOptions, single_output

_JOINTS = 17
_MOST_PERSONS = 6


def decode_movenet_multi(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPoses:
    """Decode MoveNet MultiPose; persons below ``options.min_score`` are dropped.

    Raises:
        OutputMismatch: if no output has the shape [1, 6, 56] or it is not finite.
    """
    rows = single_output("movenet_multi", list(outputs), (1, _MOST_PERSONS, _JOINTS * 3 + 5))[0]
    rows = rows[rows[:, -1] >= options.min_score]
    keypoints, keypoint_scores = _joints(rows[:, : _JOINTS * 3].reshape(-1, _JOINTS, 3), options)
    sides = np.array([options.width, options.height, options.width, options.height], np.float32)
    return DecodedPoses(
        keypoints=keypoints,
        keypoint_scores=keypoint_scores,
        boxes=rows[:, [52, 51, 54, 53]] * sides,
        scores=np.clip(rows[:, -1], 0.0, 1.0),
    )


def decode_movenet_single(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPoses:
    """Decode MoveNet SinglePose: always one person, whose score is the mean of its joints' scores.

    Raises:
        OutputMismatch: if no output has the shape [1, 1, 17, 3] or it is not finite.
    """
    rows = single_output("movenet_single", list(outputs), (1, 1, _JOINTS, 3))[0]
    keypoints, keypoint_scores = _joints(rows, options)
    return DecodedPoses(
        keypoints=keypoints,
        keypoint_scores=keypoint_scores,
        boxes=np.concatenate([keypoints.min(axis=1), keypoints.max(axis=1)], axis=1),
        scores=keypoint_scores.mean(axis=1),
    )


def _joints(rows: Float32, options: DecodeOptions) -> tuple[Float32, Float32]:
    """Give keypoints (N, K, 2) in px and scores (N, K) of rows (N, K, 3) of y, x, score."""
    keypoints = rows[..., [1, 0]] * np.array([options.width, options.height], np.float32)
    return keypoints.astype(np.float32), np.clip(rows[..., 2], 0.0, 1.0)
