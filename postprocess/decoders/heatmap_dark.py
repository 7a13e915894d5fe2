"""Heatmaps decoded as DARK does: the top of the parabola through the logarithm of the smoothed map.

Formula (Zhang et al. 2020): log(max(blurred, 1e-10)); first differences over 2 cells, second ones over 4; the step
from the highest cell is -H⁻¹ g, taken where 1 < x < w - 2 and 1 < y < h - 2. A place in the input is the cell
times (input / map).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from postprocess.decoders.heatmap_logs import blur_reach, newton_steps, smooth_logs
from postprocess.decoders.heatmap_maxima import cells_to_input, find_peaks, persons_at
from postprocess.decoders.result import DecodedPoses, DecodeOptions

_FLOOR = 1e-10


def decode_heatmap_dark(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPoses:
    """Decode heatmaps [N, K, h, w] of N crops into N persons.

    Raises:
        OutputMismatch: if no output has that shape, its maps do not fit the input, or it is not finite.
    """
    peaks = find_peaks("heatmap_dark", outputs, options)
    logs = smooth_logs(peaks, 2, _FLOOR)
    middle = logs[:, 2, 2]
    gradient = 0.5 * np.stack([logs[:, 2, 3] - logs[:, 2, 1], logs[:, 3, 2] - logs[:, 1, 2]], axis=1)
    curvature = (
        0.25 * (logs[:, 2, 4] - 2 * middle + logs[:, 2, 0]),
        0.25 * (logs[:, 3, 3] - logs[:, 1, 3] - logs[:, 3, 1] + logs[:, 1, 1]),
        0.25 * (logs[:, 4, 2] - 2 * middle + logs[:, 0, 2]),
    )
    steps = newton_steps(gradient, curvature, blur_reach(peaks.maps.shape[1]))
    steps[~peaks.inside(1, 2).all(axis=1)] = 0.0
    return persons_at(cells_to_input(peaks.cells + steps, peaks, options), peaks, options)
