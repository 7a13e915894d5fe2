"""SimCC with DARK's refinement along one axis: a peak between two bins is found where it is.

Formula (Zhang et al. 2020, in one dimension): blur the row, take its logarithm, and from the highest bin go one
step of Newton, -first / second derivative; of a Gaussian that is exact. The rows are Gaussians with a sigma of
sqrt(side / 8) bins, side in px (RTMPose: 4.9 for 192, 5.66 for 256), and the blur is as wide.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32
from postprocess.decoders.result import DecodedPoses, DecodeOptions
from postprocess.decoders.simcc import SPLIT, peak_scores, persons_at, simcc_axes

_REACH = 3.0  # sigmas that the blur sees to each side
_LEAST = 1e-3  # below this a value is noise, and its logarithm would be wild


def decode_simcc_dark(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPoses:
    """Decode as ``decode_simcc``, but finer than a bin.

    A joint stays at its highest bin where the blur would look over the row's end, and where there is no peak.

    Raises:
        OutputMismatch: as ``decode_simcc``.
    """
    rows = simcc_axes("simcc_dark", outputs, options)
    bins = [axis.argmax(axis=2) for axis in rows]
    finer = [place + _steps(axis, place) for axis, place in zip(rows, bins, strict=True)]
    return persons_at(finer, peak_scores(rows, bins))


def _steps(rows: Float32, bins: NDArray[np.int64]) -> Float32:
    """Give for rows (N, K, W) the way in bins (N, K) from the highest bin to the peak."""
    sigma = (rows.shape[2] / SPLIT / 8) ** 0.5
    reach = int(_REACH * sigma)
    window = np.arange(-reach - 1, reach + 2)
    places = bins[..., None] + window
    inside = (places[..., 0] >= 0) & (places[..., -1] < rows.shape[2])
    values = np.take_along_axis(rows, np.where(inside[..., None], places, 0), axis=2)
    before, here, after = np.moveaxis(np.log(np.maximum(values @ _blur(sigma, reach), _LEAST)), 2, 0)
    bend = after - 2 * here + before
    peaked = inside & (bend < 0)
    steps: Float32 = np.divide((before - after) / 2, bend, out=np.zeros_like(bend), where=peaked)
    return np.clip(steps, -sigma, sigma)


def _blur(sigma: float, reach: int) -> Float32:
    """Give weights (2 reach + 3, 3): of a window's values to the blurred ones before, at and after its middle."""
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    moved = [np.pad(weights / weights.sum(), (shift, 2 - shift)) for shift in range(3)]
    return np.stack(moved, axis=1).astype(np.float32)
