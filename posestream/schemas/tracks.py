"""Poses with identity: which person of this frame is which person of the last one."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32, freeze_arrays
from posestream.schemas.poses import Poses


class TrackState(IntEnum):
    """How sure a track is."""

    TENTATIVE = 0  # seen too few times to be believed
    CONFIRMED = 1  # believed and seen in this frame
    LOST = 2  # believed, not seen in this frame: its place is a guess


@dataclass(frozen=True, eq=False)
class Tracks:
    """All live tracks after one frame; N counts tracks, lost ones included, and may be 0.

    track_ids (N,) int64, unique within (camera, epoch) and never used again there;
    pose_indices (N,) int64: the row of ``poses`` that the track was seen as, -1 for a lost track;
    keypoints (N, K, 2) px, smoothed; keypoint_scores (N, K); boxes (N, 4) px; velocities (N, 2) px/s;
    ages_seconds (N,) since the first sight; states (N,) uint8 of TrackState.
    """

    poses: Poses
    track_ids: NDArray[np.int64]
    pose_indices: NDArray[np.int64]
    keypoints: Float32
    keypoint_scores: Float32
    boxes: Float32
    velocities: Float32
    ages_seconds: Float32
    states: NDArray[np.uint8]

    def __post_init__(self) -> None:
        """Check that the arrays speak of the same tracks and that ids are unique."""
        tracks, joints = len(self.track_ids), len(self.poses.skeleton.keypoints)
        freeze_arrays(
            self,
            {
                "track_ids": (np.int64, (tracks,)),
                "pose_indices": (np.int64, (tracks,)),
                "keypoints": (np.float32, (tracks, joints, 2)),
                "keypoint_scores": (np.float32, (tracks, joints)),
                "boxes": (np.float32, (tracks, 4)),
                "velocities": (np.float32, (tracks, 2)),
                "ages_seconds": (np.float32, (tracks,)),
                "states": (np.uint8, (tracks,)),
            },
        )
        if len(np.unique(self.track_ids)) != tracks:
            raise ValueError(f"Tracks.track_ids: wanted unique ids, got {self.track_ids.tolist()}")
        rows = self.pose_indices
        if ((rows < -1) | (rows >= len(self.poses))).any():
            raise ValueError(f"Tracks.pose_indices: wanted -1 or rows below {len(self.poses)}, got {rows.tolist()}")
        if (self.confirmed & (rows < 0)).any():
            raise ValueError(f"Tracks.pose_indices: wanted a row for each confirmed track, got {rows.tolist()}")

    def __len__(self) -> int:
        return len(self.track_ids)

    def __repr__(self) -> str:
        return f"Tracks({self.poses.stamp.event_id}, {len(self)} tracks)"

    @property
    def confirmed(self) -> NDArray[np.bool_]:
        """Mask (N,) of the tracks that are believed and seen in this frame."""
        mask: NDArray[np.bool_] = self.states == TrackState.CONFIRMED
        return mask

    @classmethod
    def empty(cls, poses: Poses) -> "Tracks":
        """Give the Tracks of a frame without any track."""
        joints = len(poses.skeleton.keypoints)
        return cls(
            poses=poses,
            track_ids=np.zeros(0, np.int64),
            pose_indices=np.zeros(0, np.int64),
            keypoints=np.zeros((0, joints, 2), np.float32),
            keypoint_scores=np.zeros((0, joints), np.float32),
            boxes=np.zeros((0, 4), np.float32),
            velocities=np.zeros((0, 2), np.float32),
            ages_seconds=np.zeros(0, np.float32),
            states=np.zeros(0, np.uint8),
        )
