"""Halpe: 26 keypoints of the body, COCO's 17 first, then head, neck, hip and the feet (AlphaPose, RTMPose)."""

from posestream.skeletons.coco17 import COCO17, COCO_SIGMAS
from posestream.skeletons.skeleton import Skeleton, both_sides, part_sigmas

_KEYPOINTS = (
    *COCO17.keypoints,
    "head_top",
    "neck",
    "mid_hip",
    "left_big_toe",
    "right_big_toe",
    "left_small_toe",
    "right_small_toe",
    "left_heel",
    "right_heel",
)

# Published with the data set's evaluation (Fang-Haoshu/Halpe-FullBody, 26 keypoints).
_SIGMAS = {
    **COCO_SIGMAS,
    "head_top": 0.080,
    "neck": 0.080,
    "mid_hip": 0.080,
    "big_toe": 0.089,
    "small_toe": 0.089,
    "heel": 0.089,
}

HALPE26 = Skeleton(
    name="halpe26",
    keypoints=_KEYPOINTS,
    sigmas=part_sigmas(_KEYPOINTS, _SIGMAS),
    bones=both_sides(
        _KEYPOINTS,
        (
            ("head_top", "neck"),
            ("neck", "mid_hip"),
            ("neck", "left_shoulder"),
            ("left_shoulder", "left_elbow"),
            ("left_elbow", "left_wrist"),
            ("mid_hip", "left_hip"),
            ("left_hip", "left_knee"),
            ("left_knee", "left_ankle"),
            ("left_ankle", "left_big_toe"),
            ("left_ankle", "left_small_toe"),
            ("left_ankle", "left_heel"),
            ("left_eye", "right_eye"),
            ("nose", "left_eye"),
            ("left_eye", "left_ear"),
        ),
    ),
)
