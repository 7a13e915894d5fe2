"""Heatmaps of HRNet and SimpleBaseline: the highest cell, moved a quarter cell towards its higher neighbour.

Formula: x + .25 sign(h[x + 1] - h[x - 1]), the same in y (Sun et al. 2019, Xiao et al. 2018); a place in the
input is the cell times (input / map).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from postprocess.decoders.heatmap_maxima import Peaks, cells_to_input, find_peaks, persons_at
from postprocess.decoders.result import DecodedPoses, DecodeOptions


def decode_heatmap_quarter(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPoses:
    """Decode heatmaps [N, K, h, w] of N crops into N persons; an axis is refined where 1 < cell < size - 1.

    Raises:
        OutputMismatch: if no output has that shape, its maps do not fit the input, or it is not finite.
    """
    peaks = find_peaks("heatmap_quarter", outputs, options)
    steps = np.where(peaks.inside(1, 1), quarter_steps(peaks), 0.0)
    return persons_at(cells_to_input(steps + peaks.cells, peaks, options), peaks, options)


def quarter_steps(peaks: Peaks) -> NDArray[np.float64]:
    """Give steps (M, 2) in cells: a quarter towards the higher neighbour of each axis, 0 between equal ones."""
    steps = np.empty((len(peaks.maps), 2))
    for axis, (x, y) in enumerate(((1, 0), (0, 1))):
        after, before = peaks.beside(x, y), peaks.beside(-x, -y)
        steps[:, axis] = 0.25 * (after > before) - 0.25 * (after < before)
    return steps
