"""Persons of one skeleton as persons of another: joints by name, some from two others.

Letters in shapes: N persons, K keypoints of the source, L of the target.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32
from posestream.skeletons import COCO17, Skeleton

_SHOULDERS, _HIPS = ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")
# A joint's place is the middle of two others; the first pair that the source has counts. The top of the head, the
# upper neck, the face, hands and feet are where they are: no other joints say it.
_MIDDLE_OF: Mapping[str, tuple[tuple[str, str], ...]] = {
    "neck": (("thorax", "thorax"), _SHOULDERS),
    "thorax": (_SHOULDERS,),
    "mid_hip": (("pelvis", "pelvis"), _HIPS),
    "pelvis": (("mid_hip", "mid_hip"), _HIPS),
}


@dataclass(frozen=True, eq=False)
class _Table:
    """For each of the target's joints (L,): two rows of the source (twice the same where it has the joint itself).

    ``named``: the source has the joint itself; ``lacking``: it cannot be had, the rows mean nothing.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    named: NDArray[np.bool_]
    lacking: NDArray[np.bool_]


def convert(keypoints: Float32, scores: Float32, source: Skeleton, target: Skeleton) -> tuple[Float32, Float32]:
    """Give keypoints (N, L, 2) and scores (N, L) of the target's joints.

    A joint that both skeletons have is taken as it is. Neck, thorax, middle of the hips and pelvis are the middle of
    two other joints where need be, with the lower of their scores. What cannot be had has score 0 and stands within
    the person, at the mean of the joints that were found. The same skeleton gives the same arrays back.

    Args:
        keypoints: (N, K, 2).
        scores: (N, K); 0 is a joint that was not found.
        source: the skeleton of the K keypoints.
        target: the skeleton wanted.

    Raises:
        ValueError: if keypoints or scores are not those of the source.
    """
    wanted = (len(keypoints), len(source.keypoints))
    if keypoints.shape != (*wanted, 2) or scores.shape != wanted:
        raise ValueError(
            f"wanted keypoints {(*wanted, 2)} and scores {wanted} of {source.name}, "
            f"got {keypoints.shape} and {scores.shape}"
        )
    if source == target:
        return keypoints, scores
    table = _table(source, target)
    lower = np.minimum(scores[:, table.first], scores[:, table.second])
    lower[:, table.lacking] = 0
    places = (keypoints[:, table.first] + keypoints[:, table.second]) / 2  # twice the same row: that place, exactly
    nowhere = ~table.named & (lower <= 0)
    return np.where(nowhere[..., None], _middles(keypoints, scores)[:, None], places), lower


def coco17_view(keypoints: Float32, scores: Float32, skeleton: Skeleton) -> tuple[Float32, Float32]:
    """Give keypoints (N, 17, 2) and scores (N, 17) of COCO's joints; see `convert`."""
    return convert(keypoints, scores, skeleton, COCO17)


@cache
def _table(source: Skeleton, target: Skeleton) -> _Table:
    pairs = [_rows(source, name) for name in target.keypoints]
    rows = np.array([pair or (0, 0) for pair in pairs], np.intp)
    return _Table(
        first=rows[:, 0],
        second=rows[:, 1],
        named=np.array([name in source.keypoints for name in target.keypoints]),
        lacking=np.array([pair is None for pair in pairs]),
    )


def _rows(source: Skeleton, name: str) -> tuple[int, int] | None:
    """Give the two rows whose middle is the joint, or None if it cannot be had."""
    for a, b in ((name, name), *_MIDDLE_OF.get(name, ())):
        if a in source.keypoints and b in source.keypoints:
            return source.index(a), source.index(b)
    return None


def _middles(keypoints: Float32, scores: Float32) -> Float32:
    """Give the mean places (N, 2) of the joints found, of all joints where none was."""
    found = scores > 0
    counted = (found | ~found.any(axis=1, keepdims=True)).astype(np.float32)
    middles: Float32 = np.einsum("nkc,nk->nc", keypoints, counted) / counted.sum(axis=1)[:, None]
    return middles
