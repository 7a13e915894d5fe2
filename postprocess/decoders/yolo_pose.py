"""YOLO-pose v8 and 11: [1, 5 + 3 K, A], per anchor a box, the person's score, then K times x, y, score.

Joints are px of the network's input and shares, as the boxes (``yolo_head``).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from postprocess.decoders.result import DecodedPoses, DecodeOptions
from postprocess.decoders.yolo_head import yolo_persons


def decode_yolo_pose(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPoses:
    """Decode persons, best first; those below ``options.min_score`` are dropped, doubles suppressed.

    Raises:
        OutputMismatch: if no output has the shape [1, 5 + 3 K, A] for this input's size, or it is not finite.
    """
    persons = yolo_persons("yolo_pose", outputs, 5 + 3 * options.joints, options)
    joints = persons[:, 5:].reshape(-1, options.joints, 3)
    return DecodedPoses(
        keypoints=joints[..., :2],
        keypoint_scores=np.clip(joints[..., 2], 0.0, 1.0),
        boxes=persons[:, :4],
        scores=persons[:, 4],
    )
