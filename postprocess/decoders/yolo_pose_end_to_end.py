"""YOLO-pose 26 with its one-to-one head: [1, D, 6 + 3 K], one row per person and no doubles.

Layout, from the exported network: x1, y1, x2, y2, score, class, then K times x, y, score; px of the input and
shares. Its one-to-many export is as that of v8 (``yolo_pose``); the two cannot be taken for each other, as one has
the D persons first and the other the numbers of each.
Letters in shapes: D places for persons (300 as exported), K joints.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from postprocess.decoders.result import DecodedPoses, DecodeOptions, single_output

_SCORE, _CLASS = 4, 5
_PERSON = 0


def decode_yolo_pose_end_to_end(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPoses:
    """Decode persons in the network's order; those below ``options.min_score`` are dropped.

    Raises:
        OutputMismatch: if no output has the shape [1, D, 6 + 3 K] or it is not finite.
    """
    rows = single_output("yolo_pose_end_to_end", list(outputs), (1, None, 6 + 3 * options.joints))[0]
    persons = rows[(rows[:, _SCORE] >= options.min_score) & (rows[:, _CLASS] == _PERSON)]
    joints = persons[:, 6:].reshape(-1, options.joints, 3)
    return DecodedPoses(
        keypoints=joints[..., :2],
        keypoint_scores=np.clip(joints[..., 2], 0.0, 1.0),
        boxes=persons[:, :4],
        scores=np.clip(persons[:, _SCORE], 0.0, 1.0),
    )
