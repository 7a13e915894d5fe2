"""Logarithms of smoothed heatmaps about their peaks, and the Newton step to the top of the parabola there.

A Gaussian's logarithm is a parabola, so one step finds its top (DARK: Zhang et al. 2020). The map is first blurred
by a Gaussian with zeros beyond the edge and scaled back to its old maximum.
"""

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32
from postprocess.decoders.heatmap_maxima import Peaks

_LARGE_MAP = 96  # rows; the published networks on 384 x 288 px learn Gaussians of 3 cells, the others of 2
_LEAST_REST = 1e-6  # of the maximum; less after the blur is no peak but noise


def blur_reach(rows: int) -> int:
    """Give how many cells the blur reaches: a kernel of 11 cells, 17 for the large maps."""
    return 8 if rows >= _LARGE_MAP else 5


def smooth_logs(peaks: Peaks, reach: int, floor: float, ceiling: float = np.inf) -> NDArray[np.float64]:
    """Give log(clip(blurred map)) within ``reach`` cells of the peaks: (M, s, s), rows first, s = 2 reach + 1.

    Beyond the edge the edge's own value counts. A map without anything above 0 gives zeros: no slope at all.

    Only the cells asked for are blurred. Scaling to the old maximum then merely adds a constant to the logarithm,
    except where ``floor`` or ``ceiling`` cut; maps where they may are blurred whole to learn their scale.
    """
    height, width = peaks.maps.shape[1:]
    taps = blur_reach(height)
    down, across = _blur(height, taps), _blur(width, taps)
    steps = np.arange(-reach, reach + 1)
    columns, rows = (
        np.clip(peaks.cells[:, axis, None] + steps, 0, size - 1) for axis, size in enumerate((width, height))
    )
    near = (down[rows] @ peaks.maps @ across[columns].transpose(0, 2, 1)).astype(np.float64)
    # The blur never raises the maximum, so scaling lifts: what is above the floor stays above it.
    cut = np.flatnonzero((near.min(axis=(1, 2), initial=np.inf) <= floor) | (peaks.values > ceiling))
    old = peaks.values[cut].astype(np.float64)
    new = (down @ peaks.maps[cut] @ across.T).max(axis=(1, 2), initial=-np.inf).astype(np.float64)
    real = (old > 0) & (new > _LEAST_REST * old)
    near[cut[real]] *= (old[real] / new[real])[:, None, None]
    near[cut[~real]] = 1.0
    logs: NDArray[np.float64] = np.log(np.clip(near, floor, ceiling))
    return logs


def newton_steps(
    gradient: NDArray[np.float64], curvature: tuple[NDArray[np.float64], ...], limit: float
) -> NDArray[np.float64]:
    """Give the steps (M, 2) as x, y to where the slope ends: -H⁻¹ g.

    ``gradient`` (M, 2); ``curvature`` holds dxx, dxy, dyy, each (M,). No step where H cannot be inverted, and none
    longer than ``limit`` along an axis: the blur moves a peak no further than it reaches, so that is no peak.
    """
    dx, dy = gradient[:, 0], gradient[:, 1]
    dxx, dxy, dyy = curvature
    determinant = dxx * dyy - dxy * dxy
    towards = np.stack([dxy * dy - dyy * dx, dxy * dx - dxx * dy], axis=1)
    bounded = (determinant != 0)[:, None] & (np.abs(towards) <= limit * np.abs(determinant)[:, None])
    usable = bounded.all(axis=1, keepdims=True)
    return np.divide(towards, determinant[:, None], out=np.zeros_like(towards), where=usable)


def _blur(size: int, reach: int) -> Float32:
    """Give the matrix (size, size) that blurs a line of cells; what it draws from beyond the ends is 0.

    The kernel's standard deviation is .3 (reach - 1) + .8 cells, the usual choice for a kernel of that length.
    """
    sigma = 0.3 * (reach - 1) + 0.8
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    weights: Float32 = (np.exp(-0.5 * (apart / sigma) ** 2) * (apart <= reach) / kernel.sum()).astype(np.float32)
    return weights
