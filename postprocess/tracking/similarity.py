"""How alike tracks and poses are: overlap of boxes, likeness of skeletons, distance from the expected place.

Letters in shapes: T tracks, N poses.
"""

import numpy as np
from numpy.typing import NDArray

from posestream.schemas import Poses
from posestream.schemas.checks import Float32
from posestream.skeletons import Skeleton
from postprocess.appearance import looks_alike
from postprocess.boxes import box_areas, iou_matrix
from postprocess.oks import compare, compared_joints
from postprocess.tracking.motion import Float64, places_of, surprise_sigmas
from postprocess.tracking.settings import TrackerSettings
from postprocess.tracking.state import Roster


def likeness(
    boxes: tuple[Float32, Float32],
    keypoints: tuple[Float32, Float32],
    scores: tuple[Float32, Float32],
    skeleton: Skeleton,
    joint_score: float,
) -> Float32:
    """Give the mean of IoU and OKS (A, B) of two groups of persons; IoU alone where too few joints are common."""
    alike = iou_matrix(*boxes)
    areas = box_areas(boxes[0])
    joints = compared_joints(skeleton)
    first, second = (
        (places[:, joints.rows], its_scores[:, joints.rows])
        for places, its_scores in zip(keypoints, scores, strict=True)
    )
    pairs = compare(*first, *second, areas, joints.sigmas, joint_score)
    alike[pairs.first, pairs.second] += pairs.oks
    alike[pairs.first, pairs.second] /= 2
    return alike


def track_likeness(roster: Roster, poses: Poses, settings: TrackerSettings) -> Float32:
    """Give how alike each track as expected now and each pose are (T, N), 0 where the place is too unexpected."""
    alike = likeness(
        (roster.motion.boxes, poses.boxes),
        (roster.joints.places, poses.keypoints),
        (roster.joint_scores, poses.keypoint_scores),
        poses.skeleton,
        settings.joint_score,
    )
    alike[surprise_sigmas(roster.motion, poses.boxes, settings.motion) > settings.gate_sigmas] = 0
    return alike


def reach(roster: Roster, poses: Poses, settings: TrackerSettings) -> Float64:
    """Give how well each pose fits as the find of a lost track (T, N): 1 at the expected place, 0 out of reach.

    The reach grows with the time unseen; a pose of quite another height is out of it. Where looks are known, the
    value is multiplied by their likeness, and a pose that certainly looks other is out of reach.
    """
    seen = places_of(poses.boxes)
    places, heights = roster.motion.places, roster.motion.heights
    apart = np.hypot(places[:, 0, None] - seen[:, 0], places[:, 1, None] - seen[:, 1]) / heights[:, None]
    limit = np.clip(settings.min_reach + settings.reach_per_second * roster.unseen, 1e-6, settings.max_reach)
    sizes = np.abs(np.log(heights[:, None] / seen[:, 3]))
    fit: NDArray[np.float64] = 1 - apart / limit[:, None]
    fit[sizes > np.log(settings.max_size_ratio)] = 0
    return np.maximum(fit, 0.0) * _looks_factor(roster, poses, settings)


def _looks_factor(roster: Roster, poses: Poses, settings: TrackerSettings) -> Float32:
    """Give a factor (T, N) in [0, 1]: 1 where looks are not known."""
    clear, seen = roster.looks.clear, poses.appearance
    if seen is None or seen.shape[1] != clear.shape[1]:
        return np.ones((len(roster), len(poses)), np.float32)
    alike = looks_alike(clear, seen)
    factor: Float32 = np.where(np.isnan(alike), np.float32(1), alike)
    factor[factor < settings.looks.other] = 0
    return factor
