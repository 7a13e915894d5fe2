"""Skeletons: the names of the keypoints, the bones between them and the OKS sigmas; one file each.

The names of the midline's keypoints: ``neck`` is the base of the neck between the shoulders, ``thorax`` the same place
in MPII, ``upper_neck`` MPII's joint of head and neck; ``mid_hip`` and ``pelvis`` are the middle of the hips.
"""

from posestream.errors import UsageError
from posestream.skeletons.blazepose33 import BLAZEPOSE33
from posestream.skeletons.body25 import BODY25
from posestream.skeletons.coco17 import COCO17
from posestream.skeletons.crowdpose14 import CROWDPOSE14
from posestream.skeletons.halpe26 import HALPE26
from posestream.skeletons.mpii16 import MPII16
from posestream.skeletons.openpose18 import OPENPOSE18
from posestream.skeletons.skeleton import Skeleton
from posestream.skeletons.wholebody133 import WHOLEBODY133

__all__ = [
    "BLAZEPOSE33",
    "BODY25",
    "COCO17",
    "CROWDPOSE14",
    "HALPE26",
    "MPII16",
    "OPENPOSE18",
    "SKELETONS",
    "WHOLEBODY133",
    "Skeleton",
    "skeleton_by_name",
]

SKELETONS = {
    skeleton.name: skeleton
    for skeleton in (COCO17, OPENPOSE18, BODY25, BLAZEPOSE33, HALPE26, WHOLEBODY133, MPII16, CROWDPOSE14)
}


def skeleton_by_name(name: str) -> Skeleton:
    """Give a skeleton by name; raises UsageError naming those that there are."""
    try:
        return SKELETONS[name]
    except KeyError:
        raise UsageError(f"unknown skeleton '{name}': there are {', '.join(SKELETONS)}") from None
