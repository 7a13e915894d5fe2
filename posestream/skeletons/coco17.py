"""COCO: 17 keypoints, the skeleton of most networks and of the product's own."""

from collections.abc import Mapping
from types import MappingProxyType

from posestream.skeletons.skeleton import Skeleton, part_sigmas

_KEYPOINTS = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)

COCO_SIGMAS: Mapping[str, float] = MappingProxyType(
    {
        "nose": 0.026,
        "eye": 0.025,
        "ear": 0.035,
        "shoulder": 0.079,
        "elbow": 0.072,
        "wrist": 0.062,
        "hip": 0.107,
        "knee": 0.087,
        "ankle": 0.089,
    }
)
"""Sigmas of the COCO keypoint evaluation (cocodataset.org, "Keypoint evaluation", 1.3) by part of the body."""

COCO17 = Skeleton(
    name="coco17",
    keypoints=_KEYPOINTS,
    sigmas=part_sigmas(_KEYPOINTS, COCO_SIGMAS),
    bones=(
        (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9), (8, 10),
        (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
    ),
)  # fmt: skip
