"""Several looks at the same persons made one: the mirrored picture, a part of it, another size.

Letters in shapes: N persons, K keypoints.
"""

import numpy as np

from posestream.schemas.checks import Float32
from posestream.skeletons import Skeleton
from postprocess.boxes import box_areas
from postprocess.decoders.result import DecodedPoses
from postprocess.oks import compared_joints, oks_matrix
from postprocess.pose_suppression import BODY_SHARE

NEAR = 0.1
"""Two places of a joint that are as far apart as this share of the person's longer side are two opinions."""
_HALF = np.float32(0.5)


def mirror_poses(found: DecodedPoses, width: float, skeleton: Skeleton) -> DecodedPoses:
    """Give what was found in a mirrored picture of this width as it is in the picture itself: left is right again."""
    order = list(skeleton.mirrored)
    keypoints, boxes = found.keypoints[:, order].copy(), found.boxes[:, [2, 1, 0, 3]].copy()
    keypoints[..., 0] = width - keypoints[..., 0]
    boxes[:, ::2] = width - boxes[:, ::2]
    body = found.keypoints_3d
    if body is not None:
        body = (body[:, order] * np.array([-1, 1, 1], np.float32)).astype(np.float32)
    return DecodedPoses(keypoints, found.keypoint_scores[:, order], boxes, found.scores, body)


def longer_sides(boxes: Float32) -> Float32:
    """Give the longer side (N,) of boxes (N, 4)."""
    sides: Float32 = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0.0)
    return sides


def average_poses(one: DecodedPoses, other: DecodedPoses, sides: Float32) -> DecodedPoses:
    """Give the mean of two looks at the same N persons, row by row; ``sides`` (N,) px say how large they are.

    A joint lies between its two places, nearer to the surer one; where they are far apart the surer place counts alone
    and for half, as the mean of two maps would have it. Scores and boxes are plain means.
    """
    first, second = one.keypoint_scores, other.keypoint_scores
    total = first + second
    share = np.divide(second, total, out=np.full_like(total, 0.5), where=total > 0)[..., None]
    apart = other.keypoints - one.keypoints
    near = np.square(apart).sum(axis=2) <= np.square(NEAR * sides)[:, None]
    surer = np.where((second > first)[..., None], other.keypoints, one.keypoints)
    return DecodedPoses(
        keypoints=np.where(near[..., None], one.keypoints + share * apart, surer).astype(np.float32),
        keypoint_scores=np.where(near, total, np.maximum(first, second)) * _HALF,
        boxes=(one.boxes + other.boxes) * _HALF,
        scores=(one.scores + other.scores) * _HALF,
        keypoints_3d=one.keypoints_3d,
    )


def merge_poses(one: DecodedPoses, other: DecodedPoses, skeleton: Skeleton, threshold: float) -> DecodedPoses:
    """Give the persons of two looks, those that are in both (OKS of at least ``threshold``) once, as their mean."""
    alike = _alike(one, other, skeleton)
    mine, theirs = [], []
    while alike.size and alike.max() >= threshold:
        row, column = np.unravel_index(alike.argmax(), alike.shape)
        mine.append(int(row))
        theirs.append(int(column))
        alike[row], alike[:, column] = 0.0, 0.0
    first, second = one.rows(np.array(mine, np.int64)), other.rows(np.array(theirs, np.int64))
    both = average_poses(first, second, longer_sides(first.boxes))
    parts = (
        both,
        one.rows(np.setdiff1d(np.arange(len(one.scores)), mine)),
        other.rows(np.setdiff1d(np.arange(len(other.scores)), theirs)),
    )
    return DecodedPoses(
        keypoints=np.concatenate([part.keypoints for part in parts]),
        keypoint_scores=np.concatenate([part.keypoint_scores for part in parts]),
        boxes=np.concatenate([part.boxes for part in parts]),
        scores=np.concatenate([part.scores for part in parts]),
    )


def _alike(one: DecodedPoses, other: DecodedPoses, skeleton: Skeleton) -> Float32:
    """Give the OKS (N, M) of all joints that COCO-17 has too, sure or not, as `suppress_poses` compares."""
    compared = compared_joints(skeleton)
    first, second = one.keypoints[:, compared.rows], other.keypoints[:, compared.rows]
    sure, also = np.ones(first.shape[:2], np.float32), np.ones(second.shape[:2], np.float32)
    areas = np.maximum(box_areas(one.boxes) * BODY_SHARE, 1.0)
    return oks_matrix(first, sure, second, also, areas, compared.sigmas, min_score=0.0)
