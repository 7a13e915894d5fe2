"""The persons that inference found in one frame."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32, freeze_arrays
from posestream.schemas.frame import FrameStamp
from posestream.skeletons import Skeleton

NO_TIMINGS: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Poses:
    """All persons of one frame; N = 0 is a legal value.

    keypoints (N, K, 2) px of the camera's frame, keypoint_scores (N, K), boxes (N, 4) px, scores (N,).
    A joint that was not found keeps its low score; its place is never written as (0, 0) on purpose.
    ``inferred`` is False when time passed but nothing was looked at (gated, dropped, no frame).
    ``timings_ms`` maps a stage's name to its wall time in milliseconds.
    """

    stamp: FrameStamp
    skeleton: Skeleton
    model: str
    keypoints: Float32
    keypoint_scores: Float32
    boxes: Float32
    scores: Float32
    inferred: bool = True
    keypoints_3d: Float32 | None = None
    appearance: NDArray[np.uint8] | None = None
    timings_ms: Mapping[str, float] = field(default_factory=lambda: NO_TIMINGS)

    def __post_init__(self) -> None:
        """Check that the arrays speak of the same persons and joints."""
        persons, joints = len(self.scores), len(self.skeleton.keypoints)
        wanted: dict[str, tuple[type[np.generic], tuple[int | None, ...]]] = {
            "scores": (np.float32, (persons,)),
            "keypoints": (np.float32, (persons, joints, 2)),
            "keypoint_scores": (np.float32, (persons, joints)),
            "boxes": (np.float32, (persons, 4)),
        }
        if self.keypoints_3d is not None:
            wanted["keypoints_3d"] = (np.float32, (persons, joints, 3))
        if self.appearance is not None:
            wanted["appearance"] = (np.uint8, (persons, None))
        freeze_arrays(self, wanted)

    def __len__(self) -> int:
        return len(self.scores)

    def __repr__(self) -> str:
        return f"Poses({self.stamp.event_id}, {len(self)} persons, {self.skeleton.name}, {self.model})"

    @classmethod
    def empty(cls, stamp: FrameStamp, skeleton: Skeleton, model: str, *, inferred: bool = True) -> "Poses":
        """Give the Poses of a frame in which nobody is."""
        joints = len(skeleton.keypoints)
        return cls(
            stamp=stamp,
            skeleton=skeleton,
            model=model,
            keypoints=np.zeros((0, joints, 2), np.float32),
            keypoint_scores=np.zeros((0, joints), np.float32),
            boxes=np.zeros((0, 4), np.float32),
            scores=np.zeros(0, np.float32),
            inferred=inferred,
        )
