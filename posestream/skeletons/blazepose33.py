"""BlazePose: 33 keypoints; the eyes' corners, the mouth, three fingers of each hand and the feet beside COCO's 17."""

from posestream.skeletons.coco17 import COCO_SIGMAS
from posestream.skeletons.skeleton import Skeleton, both_sides, part_sigmas

_KEYPOINTS = (
    "nose",
    "left_eye_inner",
    "left_eye",
    "left_eye_outer",
    "right_eye_inner",
    "right_eye",
    "right_eye_outer",
    "left_ear",
    "right_ear",
    "left_mouth",
    "right_mouth",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_pinky",
    "right_pinky",
    "left_index",
    "right_index",
    "left_thumb",
    "right_thumb",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_heel",
    "right_heel",
    "left_foot_index",
    "right_foot_index",
)

# None is published for this skeleton: COCO's, and for its own keypoints those of the nearest in COCO.
_SIGMAS = {
    **COCO_SIGMAS,
    "eye_inner": COCO_SIGMAS["eye"],
    "eye_outer": COCO_SIGMAS["eye"],
    "mouth": COCO_SIGMAS["nose"],
    "pinky": COCO_SIGMAS["wrist"],
    "index": COCO_SIGMAS["wrist"],
    "thumb": COCO_SIGMAS["wrist"],
    "heel": COCO_SIGMAS["ankle"],
    "foot_index": COCO_SIGMAS["ankle"],
}

BLAZEPOSE33 = Skeleton(
    name="blazepose33",
    keypoints=_KEYPOINTS,
    sigmas=part_sigmas(_KEYPOINTS, _SIGMAS),
    bones=both_sides(
        _KEYPOINTS,
        (
            ("nose", "left_eye_inner"),
            ("left_eye_inner", "left_eye"),
            ("left_eye", "left_eye_outer"),
            ("left_eye_outer", "left_ear"),
            ("left_mouth", "right_mouth"),
            ("left_shoulder", "right_shoulder"),
            ("left_shoulder", "left_elbow"),
            ("left_elbow", "left_wrist"),
            ("left_wrist", "left_pinky"),
            ("left_wrist", "left_index"),
            ("left_wrist", "left_thumb"),
            ("left_pinky", "left_index"),
            ("left_shoulder", "left_hip"),
            ("left_hip", "right_hip"),
            ("left_hip", "left_knee"),
            ("left_knee", "left_ankle"),
            ("left_ankle", "left_heel"),
            ("left_ankle", "left_foot_index"),
            ("left_heel", "left_foot_index"),
        ),
    ),
)
