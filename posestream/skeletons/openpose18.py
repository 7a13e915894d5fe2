"""OpenPose's COCO model: 18 keypoints, those of COCO-17 in another order and a neck.

The neck is the middle of the shoulders, as the model was taught.
"""

from posestream.skeletons.coco17 import COCO_SIGMAS
from posestream.skeletons.skeleton import Skeleton, both_sides, part_sigmas

_KEYPOINTS = (
    "nose",
    "neck",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "right_hip",
    "right_knee",
    "right_ankle",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_eye",
    "left_eye",
    "right_ear",
    "left_ear",
)

OPENPOSE18 = Skeleton(
    name="openpose18",
    keypoints=_KEYPOINTS,
    # None is published for the neck: the shoulders', as CrowdPose has it.
    sigmas=part_sigmas(_KEYPOINTS, {**COCO_SIGMAS, "neck": COCO_SIGMAS["shoulder"]}),
    bones=both_sides(
        _KEYPOINTS,
        (
            ("neck", "left_shoulder"),
            ("left_shoulder", "left_elbow"),
            ("left_elbow", "left_wrist"),
            ("neck", "left_hip"),
            ("left_hip", "left_knee"),
            ("left_knee", "left_ankle"),
            ("neck", "nose"),
            ("nose", "left_eye"),
            ("left_eye", "left_ear"),
        ),
    ),
)
