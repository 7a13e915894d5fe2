"""Two finds of one person: the better pose stays, the older track stays. Letters in shapes: T tracks, N poses."""

import numpy as np

from posestream.schemas import Poses
from posestream.schemas.checks import Float32
from posestream.skeletons import Skeleton
from postprocess.boxes import iou_matrix
from postprocess.tracking.columns import take_rows
from postprocess.tracking.motion import Rows
from postprocess.tracking.settings import TrackerSettings
from postprocess.tracking.similarity import likeness
from postprocess.tracking.state import BoolMask, Roster, with_identities


def distinct_poses(poses: Poses, settings: TrackerSettings) -> BoolMask:
    """Give the mask (N,) of the poses to use: not below ``low_score`` and not a second find of a better one."""
    usable = poses.scores >= settings.low_score
    best = np.argsort(-poses.scores, kind="stable")
    boxes, keypoints, scores = poses.boxes[best], poses.keypoints[best], poses.keypoint_scores[best]
    for better, worse in _pairs(boxes, keypoints, scores, poses.skeleton, settings):
        if usable[best[better]]:
            usable[best[worse]] = False
    return usable


def without_repeats(roster: Roster, skeleton: Skeleton, settings: TrackerSettings) -> Roster:
    """Give the roster without the tracks that repeat an older one.

    Only a track younger than ``lost_seconds`` can be a repeat: two persons who have been told apart for longer
    and now pass behind each other are two. If only the younger track is seen, its person is the older's found again:
    the older one goes on from there.
    """
    young, repeated = roster.ages <= settings.lost_seconds, np.zeros(len(roster), np.bool_)
    source = np.arange(len(roster))
    for older, younger in _pairs(roster.motion.boxes, roster.joints.places, roster.joint_scores, skeleton, settings):
        if not young[younger] or repeated[older] or repeated[younger]:
            continue
        repeated[younger] = True
        if roster.seen[younger] and not roster.seen[source[older]]:
            source[older] = younger
    if not repeated.any():
        return roster
    return take_rows(with_identities(take_rows(roster, source), roster), ~repeated)


def _pairs(boxes: Float32, keypoints: Float32, scores: Float32, skeleton: Skeleton, settings: TrackerSettings) -> Rows:
    """Give the rows (P, 2), first < second, that are one person by ``duplicate_overlap``, sorted."""
    # OKS is at most 1, so a mean of IoU and OKS that high needs at least this IoU: most frames end here.
    close = np.argwhere(np.triu(iou_matrix(boxes, boxes) >= 2 * settings.duplicate_overlap - 1, 1))
    if not len(close):
        return close
    rows = np.unique(close)
    boxes, keypoints, scores = boxes[rows], keypoints[rows], scores[rows]
    alike = likeness((boxes, boxes), (keypoints, keypoints), (scores, scores), skeleton, settings.joint_score)
    return rows[np.argwhere(np.triu(alike >= settings.duplicate_overlap, 1))]
