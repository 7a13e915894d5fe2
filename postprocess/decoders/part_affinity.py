"""Which joint of one kind belongs to which of another, read off part affinity fields (PAFs).

A limb's field holds at each place the unit vector along the limb, from its first joint to its second. Of every pair
of peaks A, B the field is read at n = round(sqrt(5 max(|dx|, |dy|))) points, 5 to 25, from A on towards B; a point
counts if the field there goes along A -> B by more than .05. If more than 95 % of the points count the pair's score
is their mean; else, if A and B all but coincide, it is hardly more than .05; else there is no such limb. The best
pair is taken first, and no joint twice (Cao et al. 2017, and the published description of its post-processing).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32
from postprocess.decoders.cubic_upsampling import (
    STRIDE,
    WEIGHTS,
    Float64,
    Int64,
    interpolate,
    patch_and_pixel,
    with_margin,
)
from postprocess.decoders.heatmap_peaks import Peaks

_ALONG = 0.05  # a point counts if the field goes so far along the limb
_SHARE = 0.95  # of the points must count
_FEWEST, _MOST = 5, 25
_NEAR = 150.0  # A and B coincide within this part of the mean side
_NEAR_SCORE = 0.05 + 1e-6
_STARTS = (2, 4, 1, 3, 0)  # every fifth point from here on is read in a round: most pairs are out after the first
_LARGEST_SUM = float(np.abs(WEIGHTS).sum(axis=1).max()) ** 2  # of the weights of 4 x 4 cells, without sign

Limb = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of peaks: limbs (Q,) in rising order, firsts (Q,) and seconds (Q,) as rows of the peaks, scores (Q,)."""

    limbs: Int64
    firsts: Int64
    seconds: Int64
    scores: Float64


def best_pairs(peaks: Peaks, fields: Float32, limbs: Sequence[Limb]) -> Pairs:
    """Choose for each limb, as pair of parts, the pairs of its peaks; fields (L, 2, h, w) hold x and y."""
    limb, firsts, seconds = _all_pairs(peaks, limbs)
    scores = _scores(peaks, fields, limb, firsts, seconds)
    likely = np.flatnonzero(scores > 0)
    likely = likely[np.lexsort((-scores[likely], limb[likely]))]
    taken: set[tuple[int, int]] = set()
    chosen = []
    for pair in likely.tolist():
        ends = {(int(limb[pair]), int(firsts[pair])), (int(limb[pair]), int(seconds[pair]))}
        if not ends & taken:
            taken |= ends
            chosen.append(pair)
    kept = np.array(chosen, np.int64)
    return Pairs(limb[kept], firsts[kept], seconds[kept], scores[kept])


def _all_pairs(peaks: Peaks, limbs: Sequence[Limb]) -> tuple[Int64, Int64, Int64]:
    """Give limb, first and second peak of each pair that may be a limb."""
    pairs = [np.zeros((3, 0), np.int64)]
    for limb, (first, second) in enumerate(limbs):
        firsts, seconds = np.flatnonzero(peaks.parts == first), np.flatnonzero(peaks.parts == second)
        ends = np.stack([np.repeat(firsts, len(seconds)), np.tile(seconds, len(firsts))])
        pairs.append(np.concatenate([np.full((1, ends.shape[1]), limb), ends]))
    limb, firsts, seconds = np.concatenate(pairs, axis=1)
    return limb, firsts, seconds


def _scores(peaks: Peaks, fields: Float32, limb: Int64, firsts: Int64, seconds: Int64) -> Float64:
    """Give the scores of pairs, 0 for no limb; pairs that have missed too many points are read no further."""
    ways = peaks.points[seconds] - peaks.points[firsts]
    lengths = np.hypot(ways[:, 0], ways[:, 1])
    height, width = (side * STRIDE for side in fields.shape[2:])
    scores = np.where(lengths < np.sqrt(width * height) / _NEAR, _NEAR_SCORE, 0.0)
    numbers = np.floor(np.sqrt(5.0 * np.abs(ways).max(axis=1, initial=0.0)) + 0.5).clip(_FEWEST, _MOST)
    reader = _Reader(fields)

    def points(pairs: Int64, start: int) -> tuple[Int64, NDArray[np.bool_]]:
        """Give every fifth point from this one on, and which of them there are."""
        shares = np.arange(start, _MOST, len(_STARTS)) / numbers[pairs, None]
        return reader.pixels(peaks.points[firsts[pairs], None] + shares[..., None] * ways[pairs, None]), shares < 1

    sums, silent, missed = np.zeros((3, len(limb)))
    alive = np.flatnonzero(lengths > 0)
    for start in _STARTS:
        pixels, real = points(alive, start)
        silent[alive] += (reader.silent(limb[alive], pixels) & real).sum(axis=1)
        alive = alive[_enough(numbers[alive], silent[alive])]
    for start in _STARTS:
        pixels, real = points(alive, start)
        along = reader.along(limb[alive], pixels, ways[alive] / lengths[alive, None], real)
        sums[alive] += along.sum(axis=1, where=along > _ALONG)
        missed[alive] += (real & (along <= _ALONG)).sum(axis=1)
        alive = alive[_enough(numbers[alive], missed[alive])]
    scores[alive] = sums[alive] / (numbers[alive] - missed[alive])
    return scores


def _enough(numbers: Float64, missed: Float64) -> NDArray[np.bool_]:
    return (numbers - missed) / numbers > _SHARE


class _Reader:
    """Reads fields (L, 2, h, w)."""

    def __init__(self, fields: Float32) -> None:
        cells = with_margin(fields)
        self._last = np.array([fields.shape[3], fields.shape[2]]) * STRIDE - 1
        self._fields = np.ascontiguousarray(cells.transpose(0, 2, 3, 1))
        self._silent = _silent_patches(cells)

    def pixels(self, places: Float64) -> Int64:
        """Give the fine pixels (..., 2) nearest to places (..., 2) px within the picture."""
        return (places + 0.5).astype(np.int64).clip(0, self._last)

    def silent(self, limb: Int64, pixels: Int64) -> NDArray[np.bool_]:
        """Say of pixels (n, s, 2) of the limbs (n,) whether nothing there can count."""
        rows, columns = patch_and_pixel(pixels[..., 1])[0], patch_and_pixel(pixels[..., 0])[0]
        return self._silent[limb[:, None], rows, columns]

    def along(self, limb: Int64, pixels: Int64, directions: Float64, real: NDArray[np.bool_]) -> Float64:
        """Give how far (n, s) the fields go along directions (n, 2) at pixels (n, s, 2), 0 where not ``real``."""
        pair, step = np.nonzero(real)
        values = interpolate(self._fields, limb[pair], pixels[pair, step])
        found = np.zeros(real.shape)
        found[pair, step] = (values * directions[pair]).sum(axis=1)
        return found


def _silent_patches(cells: Float32) -> NDArray[np.bool_]:
    """Say of each 4 x 4 cells of fields (L, 2, rows, columns), by their first, whether no value can count."""
    strengths = cells[:, 0] ** 2 + cells[:, 1] ** 2
    down = np.maximum(strengths[:, 1:], strengths[:, :-1])
    down = np.maximum(down[:, 2:], down[:, :-2])
    across = np.maximum(down[:, :, 1:], down[:, :, :-1])
    across = np.maximum(across[:, :, 2:], across[:, :, :-2])
    silent: NDArray[np.bool_] = across * _LARGEST_SUM**2 <= (0.99 * _ALONG) ** 2
    return silent
