"""What the kernel's tests speak of: one frame's stamp, persons and tracks of it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from posestream.schemas import FrameStamp, Poses, TimeSource, Tracks
from posestream.skeletons import COCO17

Fields = dict[str, Any]


@pytest.fixture
def stamp() -> FrameStamp:
    return FrameStamp(
        camera_id="lobby",
        epoch=0,
        frame_index=7,
        pts_seconds=0.28,
        captured_at_ns=1_700_000_000_123_456_789,
        time_source=TimeSource.FILE,
        width=640,
        height=360,
    )


@pytest.fixture
def pose_fields(stamp: FrameStamp) -> Callable[[int], Fields]:
    """Give the fields of Poses of n persons; person p's joint k stands at (100 p + k, 10 k)."""

    def make(persons: int) -> Fields:
        grid = np.indices((persons, 17)).astype(np.float32)
        rows = np.arange(persons, dtype=np.float32)
        return {
            "stamp": stamp,
            "skeleton": COCO17,
            "model": "test",
            "keypoints": np.stack([100 * grid[0] + grid[1], 10 * grid[1]], axis=2),
            "keypoint_scores": np.full((persons, 17), 0.75, np.float32),
            "boxes": np.stack([100 * rows, 0 * rows, 100 * rows + 50, 0 * rows + 160], axis=1),
            "scores": np.linspace(0.9, 0.5, persons, dtype=np.float32),
        }

    return make


@pytest.fixture
def track_fields(pose_fields: Callable[[int], Fields]) -> Callable[[int], Fields]:
    """Give the fields of Tracks of n persons seen in this frame, ids from 1, all confirmed."""

    def make(persons: int) -> Fields:
        poses = Poses(**pose_fields(persons))
        return {
            "poses": poses,
            "track_ids": np.arange(1, persons + 1, dtype=np.int64),
            "pose_indices": np.arange(persons, dtype=np.int64),
            "keypoints": poses.keypoints,
            "keypoint_scores": poses.keypoint_scores,
            "boxes": poses.boxes,
            "velocities": np.zeros((persons, 2), np.float32),
            "ages_seconds": np.zeros(persons, np.float32),
            "states": np.ones(persons, np.uint8),
        }

    return make


@pytest.fixture
def tracks_of(track_fields: Callable[[int], Fields]) -> Callable[..., Tracks]:
    def make(persons: int, **changed: object) -> Tracks:
        return Tracks(**(track_fields(persons) | changed))

    return make
