"""CAF, the composite association fields of OpenPifPaf: which joint belongs to which, limb by limb.

Source of the formulas: Kreiss et al., PifPaf (CVPR 2019) and OpenPifPaf (T-ITS 2021), and their published settings.
Each cell sees both ends of a limb, so it leads from one joint to the other, either way: a limb is two connections.
Letters in shapes: h and w cells, n candidates of one connection. All coordinates given back are px of the input.
"""

import math
from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from posestream.schemas.checks import Float32
from postprocess.decoders.cif import ConfidenceMap, places_px, scales_px

LIMBS = (
    (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9), (8, 10),
    (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
)  # fmt: skip
"""The joints of each limb in the order of the field's channels (COCO's skeleton, counted from 0)."""

_SURE = 0.3  # a cell below this confidence leads nowhere
_MAP_SHARE = 0.9  # of a candidate's score depends on whether its end is seen as a joint
_LEAST_SECOND = 0.01
_SECOND_SHARE = 0.5  # of the best: a second candidate below it does not confirm the best


class Joint(NamedTuple):
    """A joint found: place and scale in px, score in [0, 1]."""

    x: float
    y: float
    scale: float
    score: float


class Connection:
    """The candidates that lead from one joint to another, in the order of the x they start from."""

    def __init__(self, scores: Float32, starts: Float32, ends: Float32) -> None:
        """Keep candidates: scores (n,), starts (n, 2) of x, y, ends (n, 3) of x, y, scale, all px."""
        order = np.argsort(starts[:, 0], kind="stable")
        self._scores = scores[order]
        self._x, self._y = np.ascontiguousarray(starts[order].T)
        self._ends = ends[order]
        self._sorted: list[float] = self._x.tolist()

    def follow(self, start: Joint) -> Joint | None:
        """Give where the connection leads from a joint, with the score of the connection alone; None if nowhere.

        A candidate counts by its score times exp(-d² / 2 sigma²), d from the joint to where it starts, sigma half
        the joint's scale; those beyond two sigma in x or y do not count. The best two are blended by their weights
        if they agree about the end; one that no second confirms has half its score.
        """
        reach = start.scale
        first, last = bisect_left(self._sorted, start.x - reach), bisect_right(self._sorted, start.x + reach)
        if first == last:
            return None
        to_x, to_y = self._x[first:last] - start.x, self._y[first:last] - start.y
        weights = np.exp((to_x * to_x + to_y * to_y) * (-2 / (reach * reach)))
        weights *= self._scores[first:last]
        weights *= np.abs(to_y) <= reach
        best = int(weights.argmax())
        best_weight = float(weights[best])
        if best_weight == 0:
            return None
        weights[best] = 0
        second = int(weights.argmax())
        return _blended(self._end(first + best, best_weight), self._end(first + second, float(weights[second])))

    def _end(self, candidate: int, score: float) -> Joint:
        x, y, scale = self._ends[candidate].tolist()
        return Joint(x, y, scale, score)


def connections(caf: Float32, stride: int, votes: ConfidenceMap) -> list[Connection]:
    """Give the connections of a field [limbs, 8, h, w]: limb i forward is number 2 i, backward 2 i + 1.

    The field's eight numbers: one that is not used, the confidence, x and y of the first joint and of the second in
    cells with the cell's own place in them, the scale of the first and of the second in cells. A candidate's score
    is its confidence times (.1 + .9 times the map's value at its end).
    """
    limbs, rows, columns = np.nonzero(caf[:, 1] >= _SURE)
    values = caf[limbs, 1:, rows, columns]
    confidences = np.clip(values[:, 0], 0, 1)
    places = places_px(values[:, 1:5], stride)
    scales = scales_px(values[:, 5:], stride, caf.shape)
    joints = np.array(LIMBS)[limbs]
    ways = []
    for source, target in ((0, 1), (1, 0)):
        starts, ends = places[:, 2 * source : 2 * source + 2], places[:, 2 * target : 2 * target + 2]
        seen = votes.at(joints[:, target], ends[:, 0], ends[:, 1])
        scores = confidences * (np.float32(1 - _MAP_SHARE) + np.float32(_MAP_SHARE) * seen)
        ways.append((scores, starts, np.concatenate([ends, scales[:, target, None]], axis=1)))
    bounds = np.searchsorted(limbs, np.arange(len(LIMBS) + 1))
    parts = [slice(first, last) for first, last in pairwise(bounds)]
    return [Connection(*(values[part] for values in way)) for part in parts for way in ways]


def _blended(best: Joint, second: Joint) -> Joint:
    """Give the mean of both by their scores, if the second is good enough and ends nearby; else half of the best."""
    agreed = second.score >= max(_LEAST_SECOND, _SECOND_SHARE * best.score)
    if not agreed or math.hypot(second.x - best.x, second.y - best.y) > best.scale / 2:
        return best._replace(score=best.score / 2)
    total = best.score + second.score
    share = second.score / total
    return Joint(
        x=best.x + (second.x - best.x) * share,
        y=best.y + (second.y - best.y) * share,
        scale=best.scale + (second.scale - best.scale) * share,
        score=total / 2,
    )
