"""Heatmaps of crops: for each joint a Gaussian, of 2 cells (3 on inputs of 384 x 288), cut off at 3 sigma.

A cell is 4 px of the input. ``biased`` puts the top at the nearest cell, as HRNet and AlphaPose are taught,
``unbiased`` where the joint is (DARK), ``aligned`` too but with the first and last cells on the first and last
pixels (UDP, ViTPose).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
STRIDE = 4
CUT = 3


def crops(
    persons: int, seed: int, size: tuple[int, int] = (256, 192), joints: int = 17, margin: float = 0.0
) -> tuple[Array, Array]:
    """Keypoints (N, K, 2) in px of a crop (height, width), so far from its edges, and peaks (N, K) of their maps."""
    chance = np.random.default_rng(seed)
    height, width = size
    keypoints = chance.uniform(margin, [width - STRIDE - margin, height - STRIDE - margin], (persons, joints, 2))
    return keypoints, chance.uniform(0.2, 1.0, (persons, joints))


def gaussians(centres: Array, peaks: Array, size: tuple[int, int]) -> Array:
    """[N, K, h, w] for centres (N, K, 2) in cells."""
    rows, columns = size[0] // STRIDE, size[1] // STRIDE
    sigma = 3 if size[0] >= 384 else 2
    away_x = np.arange(columns) - centres[..., 0, None, None]
    away_y = np.arange(rows)[:, None] - centres[..., 1, None, None]
    maps = peaks[..., None, None] * np.exp(-(away_x**2 + away_y**2) / (2 * sigma**2))
    middle = np.rint(centres)
    near_x = np.abs(np.arange(columns) - middle[..., 0, None, None]) <= CUT * sigma
    near_y = np.abs(np.arange(rows)[:, None] - middle[..., 1, None, None]) <= CUT * sigma
    return np.where(near_x & near_y, maps, 0).astype(np.float32)


def biased(keypoints: Array, peaks: Array, size: tuple[int, int] = (256, 192)) -> Array:
    return gaussians(np.floor(keypoints / STRIDE + 0.5), peaks, size)


def unbiased(keypoints: Array, peaks: Array, size: tuple[int, int] = (256, 192)) -> Array:
    return gaussians(keypoints / STRIDE, peaks, size)


def aligned(keypoints: Array, peaks: Array, size: tuple[int, int] = (256, 192)) -> Array:
    height, width = size
    pixels, cells = np.array([width - 1, height - 1]), np.array([width // STRIDE - 1, height // STRIDE - 1])
    return gaussians(keypoints / pixels * cells, peaks, size)


def crowd(persons: int, seed: int = 0) -> tuple[list[Array], dict[str, Any]]:
    """Maps of so many crops with a little noise, a sixth of the joints hardly seen, and what DecodeOptions takes."""
    keypoints, peaks = crops(persons, seed)
    chance = np.random.default_rng(seed + 1)
    peaks[chance.random(peaks.shape) < 1 / 6] = 0.03
    maps = unbiased(keypoints, peaks)
    noisy = maps + chance.normal(0, 0.004, maps.shape)
    return [noisy.astype(np.float32)], {"height": 256, "width": 192, "min_score": 0.0, "joints": 17}
