"""COCO-WholeBody: 133 keypoints; COCO's 17, 6 of the feet, 68 of the face, 21 of each hand.

The face has the order of the 68 points known from iBUG 300-W; left and right are the person's own.
"""

from itertools import pairwise

from posestream.skeletons.coco17 import COCO17
from posestream.skeletons.skeleton import Skeleton, both_sides

_FEET = tuple(f"{side}_{part}" for side in ("left", "right") for part in ("big_toe", "small_toe", "heel"))
_FINGERS = ("thumb", "forefinger", "middle_finger", "ring_finger", "pinky_finger")
# From the root of the hand: the joints of each finger, the tip last.
_HAND = ("hand_root", *(f"{finger}_{joint}" for finger in _FINGERS for joint in range(1, 5)))
_FACE = (
    *(f"right_jaw_{point}" for point in range(1, 9)),  # from the ear down
    "chin",
    *(f"left_jaw_{point}" for point in range(8, 0, -1)),
    *(f"right_brow_{point}" for point in range(1, 6)),  # from the temple to the nose
    *(f"left_brow_{point}" for point in range(5, 0, -1)),
    *(f"nose_bridge_{point}" for point in range(1, 5)),  # from the brows to the tip
    "right_nostril_1", "right_nostril_2", "nose_base", "left_nostril_2", "left_nostril_1",
    "right_eye_outer", "right_eyelid_1", "right_eyelid_2", "right_eye_inner", "right_eyelid_3", "right_eyelid_4",
    "left_eye_inner", "left_eyelid_2", "left_eyelid_1", "left_eye_outer", "left_eyelid_4", "left_eyelid_3",
    "right_mouth", "right_upper_lip_1", "right_upper_lip_2", "upper_lip",
    "left_upper_lip_2", "left_upper_lip_1", "left_mouth",
    "left_lower_lip_1", "left_lower_lip_2", "lower_lip", "right_lower_lip_2", "right_lower_lip_1",
    "right_inner_mouth", "right_inner_upper_lip", "inner_upper_lip", "left_inner_upper_lip", "left_inner_mouth",
    "left_inner_lower_lip", "inner_lower_lip", "right_inner_lower_lip",
)  # fmt: skip
_KEYPOINTS = (
    *COCO17.keypoints,
    *_FEET,
    *_FACE,
    *(f"{side}_{part}" for side in ("left", "right") for part in _HAND),
)

# Published with the data set's evaluation (jin-s13/COCO-WholeBody, myeval_wholebody); the left side's differ from the
# right side's there, in the feet and the face.
_FEET_SIGMAS = (0.068, 0.066, 0.066, 0.092, 0.094, 0.094)
_FACE_SIGMAS = (
    0.042, 0.043, 0.044, 0.043, 0.040, 0.035, 0.031, 0.025, 0.020, 0.023, 0.029, 0.032, 0.037, 0.038, 0.043, 0.041,
    0.045,
    0.013, 0.012, 0.011, 0.011, 0.012, 0.012, 0.011, 0.011, 0.013, 0.015,
    0.009, 0.007, 0.007, 0.007, 0.012, 0.009, 0.008, 0.016, 0.010,
    0.017, 0.011, 0.009, 0.011, 0.009, 0.007, 0.013, 0.008, 0.011, 0.012, 0.010, 0.034,
    0.008, 0.008, 0.009, 0.008, 0.008, 0.007, 0.010, 0.008, 0.009, 0.009, 0.009, 0.007,
    0.007, 0.008, 0.011, 0.008, 0.008, 0.008, 0.010, 0.008,
)  # fmt: skip
_HAND_SIGMAS = (
    0.029,
    0.022, 0.035, 0.037, 0.047,
    0.026, 0.025, 0.024, 0.035,
    0.018, 0.024, 0.022, 0.026,
    0.017, 0.021, 0.021, 0.032,
    0.020, 0.019, 0.022, 0.031,
)  # fmt: skip

_BODY_BONES = tuple((COCO17.keypoints[a], COCO17.keypoints[b]) for a, b in COCO17.bones)
_FOOT_BONES = tuple(("left_ankle", toe) for toe in _FEET[:3])
_HAND_BONES = (
    ("left_wrist", "left_hand_root"),
    *(("left_hand_root", f"left_{finger}_1") for finger in _FINGERS),
    *((f"left_{finger}_{joint}", f"left_{finger}_{joint + 1}") for finger in _FINGERS for joint in range(1, 4)),
)
# Lines of the face: first point, last point, whether the last is joined to the first.
_FACE_LINES = (
    (0, 16, False), (17, 21, False), (22, 26, False), (27, 30, False), (31, 35, False),
    (36, 41, True), (42, 47, True), (48, 59, True), (60, 67, True),
)  # fmt: skip
_FACE_BONES = tuple(
    bone
    for first, last, closed in _FACE_LINES
    for bone in pairwise((*_FACE[first : last + 1], *((_FACE[first],) if closed else ())))
)

WHOLEBODY133 = Skeleton(
    name="wholebody133",
    keypoints=_KEYPOINTS,
    sigmas=(*COCO17.sigmas, *_FEET_SIGMAS, *_FACE_SIGMAS, *_HAND_SIGMAS, *_HAND_SIGMAS),
    bones=both_sides(_KEYPOINTS, (*_BODY_BONES, *_FOOT_BONES, *_HAND_BONES, *_FACE_BONES)),
    fine=frozenset(range(len(COCO17.keypoints) + len(_FEET), len(_KEYPOINTS))),
)
