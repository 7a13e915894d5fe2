"""Peaks of coarse maps, as they would be found on the maps upsampled by 8, without upsampling the whole of them.

A fine pixel is a peak where its value is more than .05 and more than that of its 8 neighbours (of two equal ones the
first is it); on the ring next to the outermost not less than they is enough, and the outermost ring is left out. Its
place is the mean of the 7 x 7 pixels around it, weighted by their positive values, plus half a pixel (Cao et al.
2017, and the published description of its post-processing). At most 127 peaks of a map are taken, from the top.

Only those patches of 8 x 8 fine pixels are upsampled that may hold a peak: their value may exceed .05, and it does
not rise or fall all along x or all along y. Both are bounds that hold for all values, so no peak is missed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32
from postprocess.decoders.cubic_upsampling import (
    MARGIN,
    STRIDE,
    WEIGHTS,
    Float64,
    Int64,
    patch_and_pixel,
    run_weights,
    with_margin,
)

_LEAST = 0.05
_MOST = 127
_REACH = 3  # pixels around a peak over which its place is the mean
_EQUAL = 1e-9  # values nearer than this are equal
_BLOCK = 1024  # patches at once: their values stay in the cache
_SURELY = 1e-5  # of the largest value: far above the rounding of float32

_NEGATIVE = float(-WEIGHTS.clip(max=0).sum(axis=1).min())  # what the outer neighbours of an axis weigh at most
_OUTER_TO_INNER = float((-WEIGHTS[:, 0] / WEIGHTS[:, 1]).max())  # an outer neighbour's weight by its inner one's
_RUN = run_weights(2 * _REACH + 1)
_GROWN = run_weights(STRIDE + 2)[STRIDE - 1]  # (10, 6): a patch's 8 pixels and one more on both sides
_GROWN_PATCH = np.einsum("ya,xb->yxab", _GROWN, _GROWN).reshape(len(_GROWN) ** 2, -1)
_SLOPES = np.diff(_GROWN, axis=0).astype(np.float32)  # (9, 6): from pixel to pixel


@dataclass(frozen=True, eq=False)
class Peaks:
    """parts (P,) in rising order, points (P, 2) x, y in fine px, scores (P,) the values at the peaks."""

    parts: Int64
    points: Float64
    scores: Float64


def find_peaks(maps: Float32) -> Peaks:
    """Find the peaks of maps (K, h, w); each map's come row by row from its top."""
    cells = with_margin(maps)
    found = [_peaks_of(cells, patches) for patches in _blocks(_hopeful_patches(cells))]
    parts, y, x = np.concatenate([np.zeros((3, 0), np.int64), *found], axis=1)
    order = np.lexsort((x, y, parts))
    parts, y, x = parts[order], y[order], x[order]
    taken = np.arange(len(parts)) - np.searchsorted(parts, parts) < _MOST
    parts, y, x = parts[taken], y[taken], x[taken]
    points, scores = _refine(cells, parts, y, x)
    return Peaks(parts, points, scores)


def _blocks(patches: Int64) -> list[Int64]:
    return [patches[:, start : start + _BLOCK] for start in range(0, patches.shape[1], _BLOCK)]


def _hopeful_patches(cells: Float32) -> Int64:
    """Give (3, n) map, row and column of patches whose value may exceed the least; row 0 is patch -1.

    Of the weights of 4 x 4 cells the inner four are positive, the corners too, the other eight negative.
    """
    inner = _largest_of_two(cells[:, 2:-2, 2:-2])
    outer = cells[:, 1:-1, 1:-1]
    largest, smallest = _largest_of_four(outer), -_largest_of_four(-outer)
    highest = (
        (1 + _NEGATIVE) ** 2 * inner.clip(min=0)
        + _NEGATIVE**2 * largest.clip(min=0)
        - 2 * _NEGATIVE * (1 + _NEGATIVE) * smallest.clip(max=0)
    )
    return np.stack(np.nonzero(highest > _LEAST)).astype(np.int64)


def _largest_of_two(cells: Float32) -> Float32:
    down = np.maximum(cells[:, 1:], cells[:, :-1])
    return np.maximum(down[:, :, 1:], down[:, :, :-1])


def _largest_of_four(cells: Float32) -> Float32:
    pairs = _largest_of_two(cells)
    down = np.maximum(pairs[:, 2:], pairs[:, :-2])
    return np.maximum(down[:, :, 2:], down[:, :, :-2])


def _peaks_of(cells: Float32, patches: Int64) -> Int64:
    """Give (3, n) map, fine row and fine column of the peaks within these patches."""
    _, rows, columns = cells.shape
    part, row, column = patches
    around = (np.arange(6)[:, None] * columns + np.arange(6)).ravel()
    values = cells.ravel()[around[:, None] + ((part * rows + row) * columns + column)]
    turning = ~(_slanted(values.reshape(6, 6, -1)) | _slanted(values.reshape(6, 6, -1).swapaxes(0, 1)))
    fine = (_GROWN_PATCH @ values[:, turning]).reshape(*[len(_GROWN)] * 2, -1)
    down, across, patch = _no_less_than_around(fine)
    part, row, column = patches[:, turning][:, patch]
    y, x = (STRIDE * (first - 1) + STRIDE // 2 + pixel for first, pixel in ((row, down), (column, across)))
    to_edge = np.minimum(
        np.minimum(y, (rows - 2 * MARGIN) * STRIDE - 1 - y), np.minimum(x, (columns - 2 * MARGIN) * STRIDE - 1 - x)
    )
    nine = [fine[down + dy, across + dx, patch] for dy in range(3) for dx in range(3)]
    more = nine[4] > np.maximum.reduce(nine[:4]) + _EQUAL
    peaks = ((to_edge > 1) & more) | (to_edge == 1)
    return np.stack([part, y, x])[:, peaks]


def _no_less_than_around(fine: Float64) -> tuple[Int64, ...]:
    """Give row, column (0..7) and patch of pixels of grown patches (10, 10, n) that are likely to be peaks."""
    centre = fine[1:-1, 1:-1]
    across = np.maximum(np.maximum(fine[:, :-2], fine[:, 2:]), fine[:, 1:-1])
    around = np.maximum(np.maximum(across[:-2], across[2:]), across[1:-1])
    return np.nonzero((centre >= around - _EQUAL) & (centre > _LEAST))


def _slanted(values: Float32) -> NDArray[np.bool_]:
    """Say of patches (6, 6, n) whether they rise or fall from each pixel to the next along the second axis.

    The slope of a row of pixels is the weighted sum of the slopes of its four rows of cells. The two inner ones
    weigh more than nothing, and each outer one less than a known part of the inner one beside it.
    """
    slopes = np.tensordot(_SLOPES, values[1:5], axes=(1, 1))  # (9, 4, n)
    least = _SURELY * max(1.0, float(np.abs(values).max(initial=0.0)))
    rising = np.ones(values.shape[2], np.bool_)
    falling = np.ones(values.shape[2], np.bool_)
    for inner, outer in ((slopes[:, 1], slopes[:, 0]), (slopes[:, 2], slopes[:, 3])):
        rising &= (inner - _OUTER_TO_INNER * outer.clip(min=0)).min(axis=0) > least
        falling &= (inner - _OUTER_TO_INNER * outer.clip(max=0)).max(axis=0) < -least
    return rising | falling


def _refine(cells: Float32, parts: Int64, y: Int64, x: Int64) -> tuple[Float64, Float64]:
    """Give the points (n, 2) and scores (n,) of the peaks at these fine pixels."""
    steps = np.arange(-_REACH, _REACH + 1)
    height, width = ((side - 2 * MARGIN) * STRIDE for side in cells.shape[1:])
    rows, down = patch_and_pixel(y - _REACH)
    columns, across = patch_and_pixel(x - _REACH)
    reach = np.arange(_RUN.shape[2])
    ys, xs = y[:, None] + steps, x[:, None] + steps
    windows = cells[parts[:, None, None], (rows[:, None] + reach)[:, :, None], (columns[:, None] + reach)[:, None]]
    fine = _RUN[down] @ windows @ _RUN[across].swapaxes(1, 2)
    within = ((ys >= 0) & (ys < height))[:, :, None] & ((xs >= 0) & (xs < width))[:, None]
    weights = np.where(within, fine.clip(min=0), 0.0)
    mass = weights.sum(axis=(1, 2))
    means = [(weights.sum(axis=1) * xs).sum(axis=1) / mass, (weights.sum(axis=2) * ys).sum(axis=1) / mass]
    return np.stack(means, axis=1) + 0.5, fine[:, _REACH, _REACH]
