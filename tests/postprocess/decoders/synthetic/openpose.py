"""OpenPose: maps and fields of known persons.

Maps are the largest over the persons of exp(-d² / (2 s²)) with s = 7 px of the input, cut off below .01; the
background is what is left to 1. Fields hold the unit vector from a limb's first joint to its second at all cells
whose centre lies within a cell of the limb, and the mean of several where limbs cross (Cao et al. 2017). The centre
of cell i lies at 8 i + 4 px.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Points = NDArray[np.float64]
Present = NDArray[np.bool_]

STRIDE = 8
SPREAD = 7.0
CUT = 0.01
EDGE = 14  # px: nearer to the edge of the picture a map lacks the cells that show where a joint lies


@dataclass(frozen=True)
class Layout:
    """The published order of joints, limbs and fields (channel of x; y follows), and the left-right twins."""

    joints: int
    limbs: tuple[tuple[int, int], ...]
    channels: tuple[int, ...]
    mirrored: tuple[int, ...]
    figure: tuple[tuple[float, float], ...]
    """A standing person in parts of its height, right side at negative x (it faces the camera)."""


_HEAD_AND_TRUNK = (
    (0.0, 0.08), (0.0, 0.18), (-0.11, 0.18), (-0.15, 0.34), (-0.18, 0.48), (0.11, 0.18), (0.15, 0.34), (0.18, 0.48),
)  # fmt: skip
_LEGS = ((-0.07, 0.52), (-0.08, 0.75), (-0.08, 0.95)), ((0.07, 0.52), (0.08, 0.75), (0.08, 0.95))
_FACE = ((-0.035, 0.05), (0.035, 0.05), (-0.075, 0.07), (0.075, 0.07))
_FEET = ((0.11, 1.0), (0.16, 0.98), (0.05, 1.0)), ((-0.11, 1.0), (-0.16, 0.98), (-0.05, 1.0))

COCO = Layout(
    joints=18,
    limbs=(
        (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13),
        (1, 0), (0, 14), (14, 16), (0, 15), (15, 17), (2, 16), (5, 17),
    ),
    channels=(12, 20, 14, 16, 22, 24, 0, 2, 4, 6, 8, 10, 28, 30, 34, 32, 36, 18, 26),
    mirrored=(0, 1, 5, 6, 7, 2, 3, 4, 11, 12, 13, 8, 9, 10, 15, 14, 17, 16),
    figure=(*_HEAD_AND_TRUNK, *_LEGS[0], *_LEGS[1], *_FACE),
)  # fmt: skip
BODY = Layout(
    joints=25,
    limbs=(
        (1, 8), (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (8, 9), (9, 10), (10, 11), (8, 12), (12, 13),
        (13, 14), (1, 0), (0, 15), (15, 17), (0, 16), (16, 18), (2, 17), (5, 18), (14, 19), (19, 20), (14, 21),
        (11, 22), (22, 23), (11, 24),
    ),
    channels=(
        0, 14, 22, 16, 18, 24, 26, 6, 2, 4, 8, 10, 12, 30, 32, 36, 34, 38, 20, 28, 40, 42, 44, 46, 48, 50,
    ),
    mirrored=(
        0, 1, 5, 6, 7, 2, 3, 4, 8, 12, 13, 14, 9, 10, 11, 16, 15, 18, 17, 22, 23, 24, 19, 20, 21,
    ),
    figure=(*_HEAD_AND_TRUNK, (0.0, 0.53), *_LEGS[0], *_LEGS[1], *_FACE, *_FEET[0], *_FEET[1]),
)  # fmt: skip


def encode(
    points: Points, present: Present, size: tuple[int, int], layout: Layout = COCO, spread: float = SPREAD
) -> list[Array]:
    """Give the one output of persons (N, K, 2) px of which joints (N, K) are to be seen; size is height, width."""
    return [np.concatenate(encode_split(points, present, size, layout, spread)[::-1], axis=1)]


def encode_split(
    points: Points, present: Present, size: tuple[int, int], layout: Layout = COCO, spread: float = SPREAD
) -> list[Array]:
    """Give fields [1, 2 L, h, w] and maps [1, K + 1, h, w]."""
    rows, columns = size[0] // STRIDE, size[1] // STRIDE
    x, y = np.meshgrid((np.arange(columns) + 0.5) * STRIDE, (np.arange(rows) + 0.5) * STRIDE)
    maps = np.zeros((layout.joints + 1, rows, columns))
    sums = np.zeros((len(layout.limbs) * 2, rows, columns))
    counts = np.zeros((len(layout.limbs) * 2, rows, columns))
    for person, seen in zip(points, present, strict=True):
        for joint in np.flatnonzero(seen):
            bell = np.exp(-((x - person[joint, 0]) ** 2 + (y - person[joint, 1]) ** 2) / (2 * spread**2))
            maps[joint] = np.maximum(maps[joint], np.where(bell < CUT, 0, bell))
        for (first, second), channel in zip(layout.limbs, layout.channels, strict=True):
            if seen[first] and seen[second]:
                _add_limb(sums[channel : channel + 2], counts[channel : channel + 2], person[[first, second]], x, y)
    maps[-1] = 1 - maps[:-1].max(axis=0)
    return [(sums / np.maximum(counts, 1))[None].astype(np.float32), maps[None].astype(np.float32)]


def _add_limb(sums: Points, counts: Points, ends: Points, x: Points, y: Points) -> None:
    way = ends[1] - ends[0]
    length = np.hypot(*way)
    if length == 0:
        return
    unit = way / length
    along = ((x - ends[0, 0]) * unit[0] + (y - ends[0, 1]) * unit[1]).clip(0, length)
    near = np.hypot(x - ends[0, 0] - along * unit[0], y - ends[0, 1] - along * unit[1]) <= STRIDE
    sums[:, near] += unit[:, None]
    counts[:, near] += 1


def figures(feet: Points, heights: Points, layout: Layout = COCO, sway: float = 0.0, seed: int = 0) -> Points:
    """Give standing persons (N, K, 2) on feet (N, 2) px, of heights (N,) px, joints off by ``sway`` of the height."""
    chance = np.random.default_rng(seed)
    shape = np.array(layout.figure) + chance.uniform(-sway, sway, (len(feet), layout.joints, 2))
    return feet[:, None] + (shape - [0.0, 1.0]) * heights[:, None, None]


def apart(count: int, size: tuple[int, int], seed: int, layout: Layout = COCO) -> Points:
    """Give up to 20 persons who stand beside and above each other in a grid, none too near to another or the edge."""
    chance = np.random.default_rng(seed)
    columns = max(1, int(np.ceil(np.sqrt(count * size[1] / size[0]))))
    rows = -(-count // columns)
    places = chance.permutation(rows * columns)[:count]
    wide, high = (size[1] - 2 * EDGE) / columns, (size[0] - 2 * EDGE) / rows
    heights = np.full(count, min(high - 4, wide * 2)) * chance.uniform(0.9, 1, count)
    feet = np.stack([(places % columns + 0.5) * wide, (places // columns + 1) * high - 4], axis=1) + EDGE
    return figures(feet + chance.uniform(-2, 2, feet.shape), heights, layout, 0.012, seed)


def among_each_other(count: int, size: tuple[int, int], seed: int, layout: Layout = COCO) -> Points:
    """Give persons of all sizes anywhere in the picture, also partly hidden by others."""
    chance = np.random.default_rng(seed)
    heights = chance.uniform(0.25, 0.7, count) * size[0]
    feet = chance.uniform([0.05 * size[1], 0.6 * size[0]], [0.95 * size[1], size[0] - 2], (count, 2))
    return figures(feet, heights, layout, 0.04, seed)


def _crowd(persons: int, seed: int, layout: Layout) -> tuple[list[Array], dict[str, float | int]]:
    size = (368, 656)
    points = among_each_other(persons, size, seed, layout)
    seen = np.random.default_rng(seed + 1).uniform(size=points.shape[:2]) < 0.85
    seen[:, [first for first, _ in layout.limbs]] = True  # only joints from which no limb goes on are hidden
    seen &= (points >= 0).all(axis=2) & (points < [size[1], size[0]]).all(axis=2)
    outputs = encode(points, seen, size, layout)
    noise = np.random.default_rng(seed + 2).normal(0, 0.004, outputs[0].shape)
    options: dict[str, float | int] = {"height": 368, "width": 656, "min_score": 0.1, "joints": layout.joints}
    return [(outputs[0] + noise).astype(np.float32)], options


def crowd(persons: int, seed: int = 0) -> tuple[list[Array], dict[str, float | int]]:
    """Give COCO-18 outputs [1, 57, 46, 82] of so many persons with a little noise, and what the options are."""
    return _crowd(persons, seed, COCO)


def crowd_body25(persons: int, seed: int = 0) -> tuple[list[Array], dict[str, float | int]]:
    """Give BODY_25 outputs [1, 78, 46, 82] of so many persons with a little noise, and what the options are."""
    return _crowd(persons, seed, BODY)
