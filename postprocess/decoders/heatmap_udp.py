"""Heatmaps of HRNet-UDP and ViTPose: the parabola of the nine cells about the highest, on maps aligned at their ends.

Formula (Huang et al. 2020): log(clip(blurred, .001, 50)), differences over one cell, the step -(H + eps I)⁻¹ g.

"Unbiased" counts the distance between the first and the last pixel, size - 1, as the crop's width. So a cell x of
a map of w columns is px x / (w - 1) (input - 1): first cell on first px, last on last. The other heatmaps' rule,
x (input / w), puts the last cell of 48 at px 188 of 192 instead of 191.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from postprocess.decoders.heatmap_logs import blur_reach, newton_steps, smooth_logs
from postprocess.decoders.heatmap_maxima import find_peaks, persons_at
from postprocess.decoders.result import DecodedPoses, DecodeOptions

_FLOOR, _CEILING = 1e-3, 50.0
_EPSILON = float(np.finfo(np.float32).eps)


def decode_heatmap_udp(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPoses:
    """Decode heatmaps [N, K, h, w] of N crops into N persons.

    Raises:
        OutputMismatch: if no output has that shape, its maps do not fit the input, or it is not finite.
    """
    peaks = find_peaks("heatmap_udp", outputs, options)
    logs = smooth_logs(peaks, 1, _FLOOR, _CEILING)
    middle = logs[:, 1, 1]
    gradient = 0.5 * np.stack([logs[:, 1, 2] - logs[:, 1, 0], logs[:, 2, 1] - logs[:, 0, 1]], axis=1)
    curvature = (
        logs[:, 1, 2] - 2 * middle + logs[:, 1, 0] + _EPSILON,
        0.25 * (logs[:, 2, 2] - logs[:, 0, 2] - logs[:, 2, 0] + logs[:, 0, 0]),
        logs[:, 2, 1] - 2 * middle + logs[:, 0, 1] + _EPSILON,
    )
    height, width = peaks.maps.shape[1:]
    cells = peaks.cells + newton_steps(gradient, curvature, blur_reach(height))
    scale = np.array([(options.width - 1) / (width - 1), (options.height - 1) / (height - 1)])
    return persons_at(cells * scale, peaks, options)
