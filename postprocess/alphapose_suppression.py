"""Pose-NMS of AlphaPose: finds of one person are merged, joint by joint, instead of dropped.

Formula (Fang et al. 2017), with the published parameters, all in px of the picture: with d the distance of two
finds' joints, their likeness is the sum over joints with d <= 1 of tanh(score) tanh(score), plus 1.7 times the sum
over all joints of exp(-d / 2.65). Letters in shapes: N finds, M merged persons, K joints.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32

_SAME_PLACE = 1.0
_PLACE_WEIGHT = 1.7
_PLACE_FADE = 2.65
_LIKENESS = 22.48  # of another find above which it is the same person
_BOX_SHARE = 0.1  # of the box's longer side: how far joints of one person may lie apart
_MATCH_REACH = 7.0
_MATCHES = 5  # so many joints within reach are the same person
_MERGE_REACH = 15.0
_LEAST_SCORE = 0.3  # of a person's best joint


@dataclass(frozen=True, eq=False)
class MergedPersons:
    """Persons best first: keypoints (M, K, 2) picture px, keypoint_scores (M, K).

    ``rows`` (M,) is the find that each grew from: its box is the person's.
    """

    keypoints: Float32
    keypoint_scores: Float32
    rows: NDArray[np.int64]


def merge_alike(keypoints: Float32, keypoint_scores: Float32, boxes: Float32) -> MergedPersons:
    """Merge the finds of keypoints (N, K, 2), keypoint_scores (N, K) and boxes (N, 4) that are the same person.

    The find with the best mean score is picked, and takes with it whoever is alike or has 5 joints within a tenth
    of its box's longer side (at most 7 px). Each joint becomes the score-weighted mean of those within a tenth (at
    most 15 px) of the picked one's; its score likewise. A person whose joints all score under .3 is dropped.
    """
    apart = np.linalg.norm(keypoints[:, None] - keypoints[None], axis=-1)
    reach = _BOX_SHARE * (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    same = _likeness(apart, keypoint_scores) > _LIKENESS
    same |= (apart <= np.minimum(reach, _MATCH_REACH)[:, None, None]).sum(axis=-1) >= _MATCHES
    waiting = np.argsort(-keypoint_scores.mean(axis=1), kind="stable")
    rows, places, scores = [], [keypoints[:0]], [keypoint_scores[:0]]
    while len(waiting):
        pick = int(waiting[0])
        alike = same[pick, waiting]
        alike[0] = True
        cluster, waiting = waiting[alike], waiting[~alike]
        near = apart[pick, cluster] <= min(reach[pick], _MERGE_REACH)
        near[0] = True
        place, score = _merged(keypoints[cluster], keypoint_scores[cluster], near)
        if score.max() >= _LEAST_SCORE:
            rows.append(pick)
            places.append(place[None])
            scores.append(score[None])
    return MergedPersons(np.concatenate(places), np.concatenate(scores), np.array(rows, np.int64))


def _likeness(apart: Float32, scores: Float32) -> Float32:
    """Give the likeness (N, N) of finds whose joints lie ``apart`` (N, N, K)."""
    sure = np.tanh(scores)
    both = (sure[:, None] * sure[None]) * (apart <= _SAME_PLACE)
    likeness: Float32 = both.sum(axis=-1) + _PLACE_WEIGHT * np.exp(-apart / _PLACE_FADE).sum(axis=-1)
    return likeness


def _merged(keypoints: Float32, scores: Float32, near: NDArray[np.bool_]) -> tuple[Float32, Float32]:
    """Give the weighted means (K, 2) and (K,) over a cluster, whose first is the pick; no weight at all: the pick's."""
    weights = scores * near
    total = weights.sum(axis=0)
    weights[0] += total <= 0
    shares = weights / np.where(total > 0, total, 1)
    return np.einsum("nk,nkc->kc", shares, keypoints), np.einsum("nk,nk->k", shares, scores)
