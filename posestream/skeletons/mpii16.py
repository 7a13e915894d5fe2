"""MPII Human Pose: 16 keypoints, without a face."""

from posestream.skeletons.coco17 import COCO_SIGMAS
from posestream.skeletons.skeleton import Skeleton, both_sides, part_sigmas

_KEYPOINTS = (
    "right_ankle",
    "right_knee",
    "right_hip",
    "left_hip",
    "left_knee",
    "left_ankle",
    "pelvis",
    "thorax",
    "upper_neck",
    "head_top",
    "right_wrist",
    "right_elbow",
    "right_shoulder",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
)

# None is published, as MPII counts by PCKh: COCO's, and for its own keypoints those of the nearest in COCO.
_SIGMAS = {
    **COCO_SIGMAS,
    "pelvis": COCO_SIGMAS["hip"],
    "thorax": COCO_SIGMAS["shoulder"],
    "upper_neck": COCO_SIGMAS["shoulder"],
    "head_top": COCO_SIGMAS["shoulder"],
}

MPII16 = Skeleton(
    name="mpii16",
    keypoints=_KEYPOINTS,
    sigmas=part_sigmas(_KEYPOINTS, _SIGMAS),
    bones=both_sides(
        _KEYPOINTS,
        (
            ("head_top", "upper_neck"),
            ("upper_neck", "thorax"),
            ("thorax", "pelvis"),
            ("thorax", "left_shoulder"),
            ("left_shoulder", "left_elbow"),
            ("left_elbow", "left_wrist"),
            ("pelvis", "left_hip"),
            ("left_hip", "left_knee"),
            ("left_knee", "left_ankle"),
        ),
    ),
)
