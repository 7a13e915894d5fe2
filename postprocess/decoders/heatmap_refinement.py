"""Refinement of regressed points by heatmaps, as BlazePose's landmark network is meant to be read.

A point's place becomes the mean of the cells of a 7 x 7 window around it, weighted by their probabilities, if one of
them is at least .5. Published networks give these maps as logits or as probabilities; their values tell which.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from posestream.schemas.checks import Float32

_REACH = 3  # the window reaches so many cells to each side
_SURE = 0.5


def refine_by_heatmaps(points: Float32, heatmaps: Float32, cell: float) -> Float32:
    """Give points (N, K, 2) px moved to where their heatmaps (N, h, w, K) say; a cell is ``cell`` px wide and high.

    Points whose cell lies outside of the map, or whose window is not sure, stay. The heatmaps may be logits or
    probabilities: a map with a value outside of [0, 1] holds logits.
    """
    rows, columns = heatmaps.shape[1:3]
    cells = np.trunc(points / cell)
    inside = ((cells >= 0) & (cells < [columns, rows])).all(axis=2)
    centres = np.where(inside[..., None], cells, 0).astype(np.int64)
    reach = np.arange(-_REACH, _REACH + 1)
    x, y = centres[..., 0, None] + reach, centres[..., 1, None] + reach
    weights = _windows(heatmaps, x, y)
    sure = inside & (weights.max(axis=(2, 3)) >= _SURE)
    total = np.where(sure, weights.sum(axis=(2, 3)), 1.0)
    mean_x = (weights.sum(axis=2) * x).sum(axis=2) / total
    mean_y = (weights.sum(axis=3) * y).sum(axis=2) / total
    moved = np.stack([mean_x, mean_y], axis=2) * cell
    return np.where(sure[..., None], moved, points).astype(np.float32)


def _windows(heatmaps: Float32, x: NDArray[np.int64], y: NDArray[np.int64]) -> Float32:
    """Give the probabilities (N, K, 7, 7) of cells at columns ``x`` and rows ``y``, both (N, K, 7); 0 outside."""
    persons, rows, columns, joints = heatmaps.shape
    person, joint = np.arange(persons)[:, None, None, None], np.arange(joints)[None, :, None, None]
    values = heatmaps[person, np.clip(y, 0, rows - 1)[..., None], np.clip(x, 0, columns - 1)[:, :, None], joint]
    if heatmaps.size and not 0 <= heatmaps.min() <= heatmaps.max() <= 1:
        values = expit(values)
    within = ((y >= 0) & (y < rows))[..., None] & ((x >= 0) & (x < columns))[:, :, None]
    return np.where(within, values, 0).astype(np.float32)
