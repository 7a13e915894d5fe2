"""CrowdPose: 14 keypoints, COCO's without the face, then the top of the head and the neck."""

from posestream.skeletons.coco17 import COCO17, COCO_SIGMAS
from posestream.skeletons.skeleton import Skeleton, both_sides, part_sigmas

_FACE = 5  # COCO's first keypoints
_KEYPOINTS = (*COCO17.keypoints[_FACE:], "head_top", "neck")

CROWDPOSE14 = Skeleton(
    name="crowdpose14",
    keypoints=_KEYPOINTS,
    # Published with the data set's evaluation (Jeff-sjtu/CrowdPose): COCO's, and 0.079 for head and neck.
    sigmas=part_sigmas(_KEYPOINTS, {**COCO_SIGMAS, "head_top": 0.079, "neck": 0.079}),
    bones=both_sides(
        _KEYPOINTS,
        (
            ("head_top", "neck"),
            ("neck", "left_shoulder"),
            ("left_shoulder", "left_elbow"),
            ("left_elbow", "left_wrist"),
            ("left_shoulder", "left_hip"),
            ("left_hip", "right_hip"),
            ("left_hip", "left_knee"),
            ("left_knee", "left_ankle"),
        ),
    ),
)
