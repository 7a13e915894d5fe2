"""PoseNet's maps: what lies at a cell, which cell is nearest to a point, where the candidates are.

Source of the layout: the published description of the network, as in posenet.py. Letters in shapes: N points,
H and W cells of the maps, C = H * W, K = 17 joints. Points are x, y in px of the network's input.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from posestream.schemas.checks import Float32
from postprocess.decoders.result import DecodeOptions, single_output

JOINTS = 17
_STRIDES = (8, 16, 32)
_CANDIDATE_LOGIT = 0.0  # a score of .5
_REFINEMENTS = 2
_NEAR_PX = 20.0  # two finds of one joint as near as this are one

Indices = NDArray[np.intp]


class Candidates(NamedTuple):
    """Joints that a pose may start from, surest first: points (N, 2), joints (N,), scores (N,)."""

    points: Float32
    joints: Indices
    scores: Float32


@dataclass(frozen=True, eq=False)
class PoseNetMaps:
    """``logits`` (H, W, K); ``offsets`` (C * K, 2) px as x, y, cells row by row; ``stride`` px per cell."""

    logits: Float32
    offsets: Float32
    stride: int

    def cells(self, points: Float32) -> Indices:
        """Give the indices [...] of the cells nearest to points [..., 2], inside the maps; halves go up."""
        height, width, _ = self.logits.shape
        nearest = np.floor(points * np.float32(1 / self.stride) + np.float32(0.5))
        columns = np.minimum(np.maximum(nearest[..., 0], 0), width - 1)
        rows = np.minimum(np.maximum(nearest[..., 1], 0), height - 1)
        cells: Indices = (rows * width + columns).astype(np.intp)
        return cells

    def points(self, cells: Indices, joints: Indices) -> Float32:
        """Give the points [..., 2] that the cells [...] offer for joints [...]: cell * stride + offset."""
        rows, columns = np.divmod(cells, self.logits.shape[1])
        points = self.offsets.take(cells * JOINTS + joints, axis=0)
        points[..., 0] += columns * np.float32(self.stride)
        points[..., 1] += rows * np.float32(self.stride)
        return points

    def scores(self, cells: Indices, joints: Indices) -> Float32:
        """Give the scores [...] in [0, 1] of joints [...] at cells [...]: the sigmoid of their logits."""
        logits = self.logits.reshape(-1).take(cells * JOINTS + joints)
        scores: Float32 = np.float32(1) / (np.float32(1) + np.exp(-np.clip(logits, -80, 80)))
        return scores

    def refined(self, points: Float32, joints: Indices) -> Float32:
        """Give what guesses [..., 2] at joints [...] become: twice, what the nearest cell offers."""
        for _ in range(_REFINEMENTS):
            points = self.points(self.cells(points), joints)
        return points

    def candidates(self) -> Candidates:
        """Give every cell's joint whose score is at least .5 and that no neighbour (3x3) exceeds, surest first.

        Scores are compared before the sigmoid, which keeps their order and cannot run into 1; equal ones stand in
        the order of rows, columns and joints.
        """
        flat = np.flatnonzero((self.logits >= _CANDIDATE_LOGIT) & (self.logits >= _highest_of_neighbours(self.logits)))
        flat = flat[np.argsort(-self.logits.reshape(-1)[flat], kind="stable")]
        cells, joints = np.divmod(flat, JOINTS)
        return Candidates(self.points(cells, joints), joints, self.scores(cells, joints))


def read_maps(decoder: str, outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> PoseNetMaps:
    """Take the logits [1, H, W, 17] and the offsets [1, H, W, 34] (17 y, then 17 x) out of the outputs.

    The stride is 8, 16 or 32: the one for which the sides of the input are (H - 1) * stride + 1 and the same of W.

    Raises:
        OutputMismatch: if the card has not 17 joints, an output is missing, no stride fits or a number is not finite.
    """
    if options.joints != JOINTS:
        raise OutputMismatch(decoder, f"a skeleton of {JOINTS} joints", f"{options.joints} joints")
    logits = single_output(decoder, list(outputs), (1, None, None, JOINTS))[0]
    height, width, _ = logits.shape
    offsets = single_output(decoder, list(outputs), (1, height, width, 2 * JOINTS))
    stride = _stride(decoder, (height, width), options)
    return PoseNetMaps(np.ascontiguousarray(logits), paired(offsets, JOINTS), stride)


def paired(values: Float32, count: int) -> Float32:
    """Give [1, H, W, 2 * count], which holds all y before all x, as (C * count, 2) of x, y."""
    halves = values.reshape(-1, 2, count)
    pairs = np.empty((len(halves), count, 2), np.float32)
    pairs[..., 0] = halves[:, 1]
    pairs[..., 1] = halves[:, 0]
    return pairs.reshape(-1, 2)


def within_reach(first: Float32, second: Float32) -> NDArray[np.bool_]:
    """Tell which points [..., 2] lie within 20 px of their counterparts [..., 2]."""
    across = first[..., 0] - second[..., 0]
    down = first[..., 1] - second[..., 1]
    near: NDArray[np.bool_] = across * across + down * down <= _NEAR_PX**2
    return near


def _stride(decoder: str, got: tuple[int, int], options: DecodeOptions) -> int:
    sides = (options.height, options.width)
    for stride in _STRIDES:
        if sides == ((got[0] - 1) * stride + 1, (got[1] - 1) * stride + 1):
            return stride
    wanted = f"maps of (side - 1) / stride + 1 with a stride of 8, 16 or 32 for an input of {sides[0]}x{sides[1]}"
    raise OutputMismatch(decoder, wanted, f"maps of {got[0]}x{got[1]}")


def _highest_of_neighbours(values: Float32) -> Float32:
    """Give the highest (H, W, K) of each cell and its eight neighbours, first along the rows, then the columns."""
    for axis in (0, 1):
        source = np.moveaxis(values, axis, 0)
        values = values.copy()
        target = np.moveaxis(values, axis, 0)
        np.maximum(target[1:], source[:-1], out=target[1:])
        np.maximum(target[:-1], source[1:], out=target[:-1])
    return values
