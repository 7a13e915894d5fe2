"""OpenPose's BODY_25: 25 keypoints, those of COCO-17, a neck, the middle of the hips and the feet."""

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
    "mid_hip",
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
    "left_big_toe",
    "left_small_toe",
    "left_heel",
    "right_big_toe",
    "right_small_toe",
    "right_heel",
)

# None is published for this skeleton's own keypoints: those of the nearest in COCO.
_SIGMAS = {
    **COCO_SIGMAS,
    "neck": COCO_SIGMAS["shoulder"],
    "mid_hip": COCO_SIGMAS["hip"],
    "big_toe": COCO_SIGMAS["ankle"],
    "small_toe": COCO_SIGMAS["ankle"],
    "heel": COCO_SIGMAS["ankle"],
}

BODY25 = Skeleton(
    name="body25",
    keypoints=_KEYPOINTS,
    sigmas=part_sigmas(_KEYPOINTS, _SIGMAS),
    bones=both_sides(
        _KEYPOINTS,
        (
            ("neck", "mid_hip"),
            ("neck", "left_shoulder"),
            ("left_shoulder", "left_elbow"),
            ("left_elbow", "left_wrist"),
            ("mid_hip", "left_hip"),
            ("left_hip", "left_knee"),
            ("left_knee", "left_ankle"),
            ("neck", "nose"),
            ("nose", "left_eye"),
            ("left_eye", "left_ear"),
            ("left_ankle", "left_big_toe"),
            ("left_big_toe", "left_small_toe"),
            ("left_ankle", "left_heel"),
        ),
    ),
)
