"""The largest value of maps resized by bicubic interpolation, without resizing them whole.

Formula: cubic convolution with a = -.75 (Keys 1981), sample i of n at (i + .5) length / n - .5 of the map, the
border's values repeated beyond it.

An interpolated top may lie far from the map's highest value: the weights are negative in part, so a drop beside a
lower hill lifts it. Hence nothing is assumed of where it lies. For each cell (the square between four values) a
bound says how high it can reach; cells are computed only where that may exceed a sample already known.

Letters in shapes: K maps of h rows and w columns, C cells, r and s samples of a cell down and across.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32

_A = -0.75
_OUTER = 0.1112  # the outer weights are never below minus this: a t (1 - t)², largest at t = 1/3
_SLACK = 1e-5  # of the largest value: what rounding may take from a bound
_CHUNK = 4096  # cells computed at once
_BORDER = 2


class BicubicPeaks(NamedTuple):
    """``values`` (K,) of the resized maps' largest samples and their ``places`` (K, 2) as x, y in samples.

    Of equal values the first in reading order counts.
    """

    values: NDArray[np.float64]
    places: NDArray[np.int64]


class _Axis(NamedTuple):
    """Samples along one axis: ``weights`` (n, 4); cell c holds the samples ``first[c]`` to ``first[c + 1]`` - 1."""

    weights: NDArray[np.float64]
    first: NDArray[np.int64]

    @property
    def filled(self) -> NDArray[np.bool_]:
        """Which cells hold samples at all: when shrinking, some hold none."""
        filled: NDArray[np.bool_] = np.diff(self.first) > 0
        return filled

    def samples(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the samples (C, most) of cells (C,), the last repeated where a cell holds fewer."""
        most = int(np.diff(self.first).max())
        samples: NDArray[np.int64] = self.first[cells, None] + np.arange(most)
        return np.minimum(samples, self.first[cells + 1, None] - 1, out=samples)


def bicubic_peaks(maps: Float32, rows: int, columns: int) -> BicubicPeaks:
    """Give the peaks of maps (K, h, w) as if resized to so many rows and columns, each at least 1."""
    height, width = maps.shape[1:]
    down, across = _axis(height, rows), _axis(width, columns)
    padded = np.pad(maps, ((0, 0), (_BORDER, _BORDER), (_BORDER, _BORDER)), mode="edge")
    bounds = _upper_bounds(padded)
    bounds[:, ~down.filled] = -np.inf
    bounds[:, :, ~across.filled] = -np.inf
    likely = bounds.reshape(len(maps), -1).argmax(axis=1)
    found, _ = _tops(padded, (np.arange(len(maps)), *np.divmod(likely, bounds.shape[2])), down, across)
    known = found - _SLACK * np.abs(maps).max(axis=(1, 2))
    cells = np.nonzero(bounds >= known[:, None, None])
    values, samples = _tops(padded, cells, down, across)
    order = np.lexsort((samples, -values, cells[0]))
    best = order[np.searchsorted(cells[0][order], np.arange(len(maps)))]
    return BicubicPeaks(values[best], np.stack([samples[best] % columns, samples[best] // columns], axis=1))


def _axis(length: int, samples: int) -> _Axis:
    """Lay so many samples over a line of ``length`` values; cell c begins at value c - 1."""
    places = (np.arange(samples) + 0.5) * (length / samples) - 0.5
    begins = np.floor(places)
    along = places - begins
    weights = np.stack([_outer(along + 1), _inner(along), _inner(1 - along), _outer(2 - along)], axis=1)
    return _Axis(weights, np.searchsorted(begins, np.arange(-1, length + 1)))


def _inner(apart: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the weights of values at most 1 away."""
    weights: NDArray[np.float64] = ((_A + 2) * apart - (_A + 3)) * apart * apart + 1
    return weights


def _outer(apart: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the weights of values 1 to 2 away."""
    weights: NDArray[np.float64] = ((_A * apart - 5 * _A) * apart + 8 * _A) * apart - 4 * _A
    return weights


def _upper_bounds(padded: Float32) -> Float32:
    """Give what no sample of the cells (K, h + 1, w + 1) of padded maps can exceed.

    With inner weights that sum to 1 + n + m and outer ones -n and -m, a line's sample is at most the higher inner
    value plus n and m times what the outer ones lie below it. The columns' bounds are bounded likewise.
    """
    v = [padded[:, :, shift : padded.shape[2] - 3 + shift] for shift in range(4)]
    high, low = np.maximum(v[1], v[2]), np.minimum(v[1], v[2])
    highest = high + _OUTER * (np.maximum(high - v[0], 0) + np.maximum(high - v[3], 0))
    lowest = low - _OUTER * (np.maximum(v[0] - low, 0) + np.maximum(v[3] - low, 0))
    top = np.maximum(highest[:, 1:-2], highest[:, 2:-1])
    bounds: Float32 = np.maximum(top - lowest[:, :-3], 0)
    bounds += np.maximum(top - lowest[:, 3:], 0)
    bounds *= _OUTER
    bounds += top
    return bounds


def _tops(
    padded: Float32, cells: tuple[NDArray[np.int64], ...], down: _Axis, across: _Axis
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Give the largest sample of each cell (C,) and its number in reading order; ``cells`` are map, row, column."""
    count = len(cells[0])
    values, samples = np.empty(count), np.empty(count, np.int64)
    for start in range(0, count, _CHUNK):
        part = slice(start, start + _CHUNK)
        values[part], samples[part] = _tops_at_once(padded, tuple(each[part] for each in cells), down, across)
    return values, samples


def _tops_at_once(
    padded: Float32, cells: tuple[NDArray[np.int64], ...], down: _Axis, across: _Axis
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    # Always the same sums in the same order, so a sample's value does not depend on which cells are computed.
    each, taps = np.arange(len(cells[0])), np.arange(4)
    rows, columns = down.samples(cells[1]), across.samples(cells[2])
    patch = padded[
        cells[0][:, None, None], cells[1][:, None, None] + taps[:, None], cells[2][:, None, None] + taps
    ].astype(np.float64)
    weights = across.weights[columns]
    lines = sum(patch[:, :, tap, None] * weights[:, None, :, tap] for tap in range(4))  # (C, 4, s)
    weights = down.weights[rows]
    grid = sum(weights[:, :, tap, None] * lines[:, None, tap] for tap in range(4))  # (C, r, s)
    flat = grid.reshape(len(each), -1)
    best = flat.argmax(axis=1)
    row, column = np.divmod(best, columns.shape[1])
    return flat[each, best], rows[each, row] * len(across.weights) + columns[each, column]
