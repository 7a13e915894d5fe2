"""Two finds of one person: the better pose stays, the older track stays. Letters in shapes: T tracks, N poses."""

from collections.abc import Sequence

import numpy as np

from posestream.schemas import Poses
from posestream.schemas.checks import Float32
from postprocess.boxes import iou_matrix
from postprocess.tracking.motion import Rows
from postprocess.tracking.settings import TrackerSettings
from postprocess.tracking.similarity import likeness
from postprocess.tracking.state import BoolMask, Roster


def distinct_poses(poses: Poses, settings: TrackerSettings) -> BoolMask:
    """Give the mask (N,) of the poses to use: not below ``low_score`` and not a second find of a better one."""
    usable = poses.scores >= settings.low_score
    best = np.argsort(-poses.scores, kind="stable")
    boxes, keypoints, scores = poses.boxes[best], poses.keypoints[best], poses.keypoint_scores[best]
    for better, worse in _pairs(boxes, keypoints, scores, poses.skeleton.sigmas, settings):
        if usable[best[better]]:
            usable[best[worse]] = False
    return usable


def repeated_tracks(roster: Roster, sigmas: Sequence[float], settings: TrackerSettings) -> BoolMask:
    """Give the mask (T,) of the tracks that repeat an older one.

    Only a track younger than ``lost_seconds`` can be a repeat: two persons who have been told apart for longer
    and now pass behind each other are two. The older track stays although it may just be lost: when both fall
    together, its person was found again under a new id.
    """
    repeated = np.zeros(len(roster), np.bool_)
    young = roster.ages <= settings.lost_seconds
    if not young.any():
        return repeated
    for older, younger in _pairs(roster.motion.boxes, roster.joints.places, roster.joint_scores, sigmas, settings):
        repeated[younger] |= young[younger] and not repeated[older]
    return repeated


def _pairs(
    boxes: Float32, keypoints: Float32, scores: Float32, sigmas: Sequence[float], settings: TrackerSettings
) -> Rows:
    """Give the rows (P, 2), first < second, that are one person by ``duplicate_overlap``, sorted."""
    # OKS is at most 1, so a mean of IoU and OKS that high needs at least this IoU: most frames end here.
    close = np.argwhere(np.triu(iou_matrix(boxes, boxes) >= 2 * settings.duplicate_overlap - 1, 1))
    if not len(close):
        return close
    rows = np.unique(close)
    boxes, keypoints, scores = boxes[rows], keypoints[rows], scores[rows]
    alike = likeness((boxes, boxes), (keypoints, keypoints), (scores, scores), sigmas, settings.joint_score)
    return rows[np.argwhere(np.triu(alike >= settings.duplicate_overlap, 1))]
