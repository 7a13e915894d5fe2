"""Keypoint R-CNN: boxes of persons, and over each box 56 x 56 logits per joint, highest in the joint's cell.

And the published way to read them, literally: every map resized whole.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
SIDE = 56
A = -0.75  # of the cubic kernel
HEIGHT = 12.0  # of a sure joint's logits over the rest


def persons(count: int, seed: int, size: tuple[int, int] = (800, 1333)) -> tuple[Array, Array, Array]:
    """Boxes (R, 4) in px, keypoints (R, 17, 2) inside of them, scores (R,)."""
    chance = np.random.default_rng(seed)
    high = chance.uniform(120, 420, count)
    sides = np.stack([high * chance.uniform(0.3, 0.6, count), high], axis=1)
    corners = chance.uniform(0, 1, (count, 2)) * ([size[1], size[0]] - sides)
    keypoints = corners[:, None] + chance.uniform(0.01, 0.99, (count, 17, 2)) * sides[:, None]
    return np.concatenate([corners, corners + sides], axis=1), keypoints, chance.uniform(0.1, 0.999, count)


def cells_of(keypoints: Array, boxes: Array) -> Array:
    """The cells (R, K, 2) in which keypoints (R, K, 2) lie: floor((p - x1) 56 / w)."""
    sides = boxes[:, None, 2:] - boxes[:, None, :2]
    return np.clip(np.floor((keypoints - boxes[:, None, :2]) * SIDE / sides), 0, SIDE - 1)


def logits(keypoints: Array, boxes: Array, sigma: float = 1.5, height: float = HEIGHT) -> Array:
    """[R, K, 56, 56]: a Gaussian so high about the middle of each joint's cell."""
    away = np.arange(SIDE) - cells_of(keypoints, boxes)[..., None]  # (R, K, 2, 56)
    falls = np.exp(-(away**2) / (2 * sigma**2))
    return (height * falls[:, :, 1, :, None] * falls[:, :, 0, None, :]).astype(np.float32)


def smooth_noise(shape: tuple[int, int], chance: np.random.Generator, deviation: float) -> Array:
    """[R, K, 56, 56] as a network's last layer makes it, which doubles maps of 28 x 28 by linear interpolation."""
    coarse = chance.normal(0, deviation, (*shape, SIDE // 2, SIDE // 2))
    places = np.clip((np.arange(SIDE) + 0.5) / 2 - 0.5, 0, SIDE // 2 - 1)
    below = np.minimum(places.astype(int), SIDE // 2 - 2)
    share = places - below
    rows = coarse[:, :, below] * (1 - share)[:, None] + coarse[:, :, below + 1] * share[:, None]
    return (rows[..., below] * (1 - share) + rows[..., below + 1] * share).astype(np.float32)


def weight(apart: float) -> float:
    """Keys' kernel."""
    apart = abs(apart)
    if apart <= 1:
        return ((A + 2) * apart - (A + 3)) * apart * apart + 1
    return ((A * apart - 5 * A) * apart + 8 * A) * apart - 4 * A


def taps(length: int, samples: int) -> list[list[tuple[int, float]]]:
    """For each sample its four values and their weights."""
    line = []
    for sample in range(samples):
        place = (sample + 0.5) * (length / samples) - 0.5
        first = math.floor(place)
        along = place - first
        weights = (weight(along + 1), weight(along), weight(1 - along), weight(2 - along))
        line.append([(min(max(first + k - 1, 0), length - 1), weights[k]) for k in range(4)])
    return line


def resized(each: Array, rows: int, columns: int) -> NDArray[np.float64]:
    """The whole map (h, w) resized: the columns first, then the rows, each sum from its first term on."""
    each = each.astype(np.float64)
    lines = np.stack([sum(w * each[:, at] for at, w in tap) for tap in taps(each.shape[1], columns)], axis=1)
    return np.stack([sum(w * lines[at] for at, w in tap) for tap in taps(each.shape[0], rows)])


def resized_peaks(maps: Array, rows: int, columns: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The largest values (K,) of the resized maps (K, h, w) and where (K, 2), the first of equal ones."""
    values, places = [], []
    for each in maps:
        whole = resized(each, rows, columns)
        y, x = divmod(int(whole.argmax()), columns)
        values.append(whole[y, x])
        places.append([x, y])
    return np.array(values), np.array(places)


def crowd(count: int, seed: int = 0) -> tuple[list[Array], dict[str, Any]]:
    """Outputs for so many persons, a sixth of the joints hardly seen, and what DecodeOptions takes."""
    boxes, keypoints, scores = persons(count, seed)
    chance = np.random.default_rng(seed + 1)
    faint = np.where(chance.random((count, 17)) < 1 / 6, 0.15, 1.0)[..., None, None]
    maps = logits(keypoints, boxes) * faint + smooth_noise((count, 17), chance, 0.5)
    outputs = [each.astype(np.float32) for each in (boxes, scores, maps)]
    return outputs, {"height": 800, "width": 1333, "min_score": 0.05, "joints": 17}
