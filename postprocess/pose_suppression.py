"""Pose-NMS: of persons whose skeletons lie on each other keep the best."""

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32
from posestream.skeletons import Skeleton
from postprocess.boxes import box_areas
from postprocess.oks import compared_joints, oks_matrix

BODY_SHARE = 0.53  # a person's area over the box's, as the pose benchmarks without polygons take it


def suppress_poses(
    keypoints: Float32, boxes: Float32, scores: Float32, skeleton: Skeleton, threshold: float
) -> NDArray[np.int64]:
    """Give the rows to keep of keypoints (N, K, 2), best score first.

    A person goes when its OKS with a better one, scaled by the larger of both bodies, reaches ``threshold``.
    All joints that COCO-17 has too count, sure or not: two crops of one person guess alike.
    """
    areas = np.maximum(box_areas(boxes) * BODY_SHARE, 1.0)
    compared = compared_joints(skeleton)
    joints = keypoints[:, compared.rows]
    sure = np.ones(joints.shape[:2], np.float32)
    alike = oks_matrix(joints, sure, joints, sure, areas, compared.sigmas, min_score=0.0)
    alike = np.maximum(alike, alike.T)  # OKS grows with the area, so the larger of both is the larger body's
    waiting = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while len(waiting):
        best, waiting = waiting[0], waiting[1:]
        kept.append(int(best))
        waiting = waiting[alike[best, waiting] < threshold]
    return np.array(kept, np.int64)
