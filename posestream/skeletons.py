"""Skeletons: the names of the keypoints, the bones between them and the OKS sigmas."""

from dataclasses import dataclass

from posestream.errors import UsageError


@dataclass(frozen=True)
class Skeleton:
    """K named keypoints in a network's order.

    ``sigmas`` are the per-keypoint standard deviations of the labellers, relative to the object's scale,
    as the COCO keypoint evaluation defines them (OKS = exp(-d² / (2 s² (2 sigma)²))).
    ``bones`` are pairs of keypoint indices to draw; ``mirrored`` gives for each keypoint its left-right twin.
    """

    name: str
    keypoints: tuple[str, ...]
    sigmas: tuple[float, ...]
    bones: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        """Check that names, sigmas and bones fit together."""
        if len(self.sigmas) != len(self.keypoints):
            raise ValueError(f"{self.name}: {len(self.keypoints)} keypoints but {len(self.sigmas)} sigmas")
        if any(not 0 <= end < len(self.keypoints) for bone in self.bones for end in bone):
            raise ValueError(f"{self.name}: a bone ends at a keypoint that is not there")

    def index(self, keypoint: str) -> int:
        """Give the row of a keypoint by name; raises ValueError if there is none."""
        return self.keypoints.index(keypoint)

    @property
    def mirrored(self) -> tuple[int, ...]:
        """For each keypoint the index of its twin on the other side (itself on the midline)."""
        swap = {"left": "right", "right": "left"}
        names = [
            f"{swap[side]}_{rest}" if side in swap else name
            for name in self.keypoints
            for side, _, rest in [name.partition("_")]
        ]
        return tuple(self.keypoints.index(name) for name in names)


COCO17 = Skeleton(
    name="coco17",
    keypoints=(
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
    ),
    sigmas=(
        0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087,
        0.089, 0.089,
    ),
    bones=(
        (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9), (8, 10),
        (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
    ),
)  # fmt: skip

SKELETONS = {skeleton.name: skeleton for skeleton in (COCO17,)}


def skeleton_by_name(name: str) -> Skeleton:
    """Give a skeleton by name; raises UsageError naming those that there are."""
    try:
        return SKELETONS[name]
    except KeyError:
        raise UsageError(f"unknown skeleton '{name}': there are {', '.join(SKELETONS)}") from None
