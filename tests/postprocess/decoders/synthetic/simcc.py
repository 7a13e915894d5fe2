"""SimCC rows of crops: exp(-(i - c)² / 2 sigma²) times the peak, c the bin of the joint at two bins to the pixel."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
SIGMAS = {192: 4.9, 256: 5.66, 288: 6.0, 384: 6.93}
"""Bins, for the length of a side in px, as published."""


def crops(persons: int, seed: int, size: tuple[int, int] = (256, 192), joints: int = 17) -> tuple[Array, Array]:
    """Keypoints (N, K, 2) in px of a crop of (height, width), and peaks (N, K, 2) of their rows of x and y."""
    chance = np.random.default_rng(seed)
    keypoints = chance.uniform(0, [size[1] - 0.51, size[0] - 0.51], (persons, joints, 2))
    return keypoints, chance.uniform(0.2, 1.0, (persons, joints, 2))


def encode(keypoints: Array, peaks: Array, size: tuple[int, int], *, between_bins: bool = False) -> list[Array]:
    """[N, K, 2 width] and [N, K, 2 height]; the peak lies at the nearest bin or, if wanted, where the joint is.

    A peak that is not above 0 fills its whole row: the joint is absent.
    """
    rows = []
    for axis, side in enumerate((size[1], size[0])):
        centres = keypoints[..., axis] * 2
        centres = centres if between_bins else np.rint(centres)
        away = np.arange(2 * side) - centres[..., None]
        peak = peaks[..., axis, None]
        values = np.where(peak > 0, peak * np.exp(-(away**2) / (2 * SIGMAS[side] ** 2)), peak)
        rows.append(values.astype(np.float32))
    return rows


def crowd(persons: int, seed: int = 0) -> tuple[list[Array], dict[str, Any]]:
    """Rows of so many crops with a little noise, and what DecodeOptions takes."""
    size = (256, 192)
    rows = encode(*crops(persons, seed, size), size, between_bins=True)
    chance = np.random.default_rng(seed + 1)
    noisy = [(row + chance.normal(0, 0.01, row.shape)).astype(np.float32) for row in rows]
    return noisy, {"height": size[0], "width": size[1], "min_score": 0.3, "joints": 17}
