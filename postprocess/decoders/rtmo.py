"""RTMO: persons in one stage, as the exported network gives them: [1, M, 5] and [1, M, K, 3].

Source of the layout and the overlap: the public configuration of RTMO (Lu et al. 2024): x1, y1, x2, y2, score and
for each joint x, y, visibility, all px of the input and shares; doubles share more than .65.
Letters in shapes: M finds, K joints.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from postprocess.boxes import suppress
from postprocess.decoders.result import DecodedPoses, DecodeOptions, single_output

_OVERLAP = 0.65  # two boxes that share more are the same person


def decode_rtmo(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPoses:
    """Decode persons, best first; those below ``options.min_score`` are dropped, doubles suppressed.

    Some exports suppress doubles themselves: doing it again changes nothing.

    Raises:
        OutputMismatch: if the finds [1, M, 5] or the joints [1, M, K, 3] are not there or not finite.
    """
    finds = single_output("rtmo", list(outputs), (1, None, 5))[0]
    joints = single_output("rtmo", list(outputs), (1, len(finds), options.joints, 3))[0]
    likely = np.flatnonzero(finds[:, 4] >= options.min_score)
    kept = likely[suppress(finds[likely, :4], finds[likely, 4], _OVERLAP)]
    return DecodedPoses(
        keypoints=joints[kept, :, :2],
        keypoint_scores=np.clip(joints[kept, :, 2], 0.0, 1.0),
        boxes=finds[kept, :4],
        scores=np.clip(finds[kept, 4], 0.0, 1.0),
    )
