"""Object keypoint similarity: how alike two skeletons stand, 1 for the same place, 0 for another person.

OKS = mean over the joints seen in both of exp(-d² / (2 area (2 sigma)²)), as the COCO evaluation defines it.
Letters in shapes: N and M persons, K keypoints.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32
from posestream.skeletons import COCO17, Skeleton

LEAST_COMMON_JOINTS = 4
# Beyond this many square roots of the area even the loosest joint adds under 1e-18: not worth computing.
GATE_IN_ROOT_AREAS = 2.0


@dataclass(frozen=True, eq=False)
class Comparison:
    """Pairs (P,) of persons that stand near each other and have enough joints in common, with the OKS of each."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    oks: Float32


@dataclass(frozen=True, eq=False)
class ComparedJoints:
    """The joints by which persons are told apart: their rows in the skeleton and their sigmas, in this order."""

    rows: NDArray[np.intp] | slice
    sigmas: tuple[float, ...]


@cache
def compared_joints(skeleton: Skeleton) -> ComparedJoints:
    """Give the joints of a skeleton that COCO-17 has too.

    So one threshold of OKS means the same for every skeleton: the sigmas of a face's and of hands' many points are a
    few pixels of a person, the OKS over them tells how well a network sees them rather than who stands there.
    """
    rows = [row for row, name in enumerate(skeleton.keypoints) if name in COCO17.keypoints]
    sigmas = tuple(skeleton.sigmas[row] for row in rows)
    # A slice copies nothing where all joints count.
    return ComparedJoints(slice(None) if len(rows) == len(skeleton.keypoints) else np.array(rows, np.intp), sigmas)


def oks_matrix(
    keypoints_a: Float32,
    scores_a: Float32,
    keypoints_b: Float32,
    scores_b: Float32,
    areas: NDArray[np.floating],
    sigmas: Sequence[float],
    min_score: float,
) -> Float32:
    """Give the OKS (N, M) of persons (N, K, 2) with persons (M, K, 2), scaled by the ``areas`` (N,) px² of the first.

    0 where fewer than 4 joints score ``min_score`` in both, and where the means of the sure joints lie more than
    two square roots of the area apart (such pairs are not computed).
    """
    pairs = compare(keypoints_a, scores_a, keypoints_b, scores_b, areas, sigmas, min_score)
    result = np.zeros((len(keypoints_a), len(keypoints_b)), np.float32)
    result[pairs.first, pairs.second] = pairs.oks
    return result


def compare(
    keypoints_a: Float32,
    scores_a: Float32,
    keypoints_b: Float32,
    scores_b: Float32,
    areas: NDArray[np.floating],
    sigmas: Sequence[float],
    min_score: float,
) -> Comparison:
    """Give the pairs that `oks_matrix` computes, so that "not comparable" can be told from "not alike"."""
    sure_a, sure_b = scores_a >= min_score, scores_b >= min_score
    first, second = np.nonzero(_close(_centres(keypoints_a, sure_a), _centres(keypoints_b, sure_b), areas))
    both = sure_a[first] & sure_b[second]
    counts = both.sum(axis=1)
    enough = counts >= LEAST_COMMON_JOINTS
    if not enough.all():
        first, second, both, counts = first[enough], second[enough], both[enough], counts[enough]
    apart = keypoints_a[first] - keypoints_b[second]
    squares = np.einsum("pkc,pkc->pk", apart, apart)
    reach = 8.0 * np.square(np.asarray(sigmas, np.float32))
    scale = np.maximum(areas[first], 1.0).astype(np.float32)[:, None] * reach
    oks: Float32 = (np.exp(-squares / scale) * both).sum(axis=1) / counts.astype(np.float32)
    return Comparison(first, second, oks)


def _centres(keypoints: Float32, sure: NDArray[np.bool_]) -> Float32:
    """Give the mean places (N, 2) of the sure joints; the origin where there are none, as those share no joint."""
    weights = sure.astype(np.float32)
    centres: Float32 = np.einsum("nkc,nk->nc", keypoints, weights) / np.maximum(weights.sum(axis=1), 1)[:, None]
    return centres


def _close(a: Float32, b: Float32, areas: NDArray[np.floating]) -> NDArray[np.bool_]:
    apart_x, apart_y = (a[:, None, axis] - b[None, :, axis] for axis in (0, 1))
    limit = GATE_IN_ROOT_AREAS**2 * np.maximum(areas, 1.0)
    near: NDArray[np.bool_] = apart_x**2 + apart_y**2 <= limit[:, None]
    return near
