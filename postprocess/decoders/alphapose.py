"""AlphaPose (FastPose): heatmaps as HRNet's, refined only where the highest cell is off the edge in both axes.

Formula: x + .25 sign(h[x + 1] - h[x - 1]), the same in y, if 1 < x < w - 1 and 1 < y < h - 1 (Fang et al. 2017);
a place in the input is the cell times (input / map). Its suppression of doubles works on the whole picture's
persons: `postprocess.alphapose_suppression`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from postprocess.decoders.heatmap import quarter_steps
from postprocess.decoders.heatmap_maxima import cells_to_input, find_peaks, persons_at
from postprocess.decoders.result import DecodedPoses, DecodeOptions


def decode_alphapose(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPoses:
    """Decode heatmaps [N, K, h, w] of N crops into N persons.

    Raises:
        OutputMismatch: if no output has that shape, its maps do not fit the input, or it is not finite.
    """
    peaks = find_peaks("alphapose", outputs, options)
    steps = np.where(peaks.inside(1, 1).all(axis=1, keepdims=True), quarter_steps(peaks), 0.0)
    return persons_at(cells_to_input(steps + peaks.cells, peaks, options), peaks, options)
