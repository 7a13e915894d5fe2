"""Poses made for the tracker."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from posestream.schemas import FrameStamp, Poses, TimeSource
from posestream.skeletons import COCO17

MakePoses = Callable[..., Poses]


@pytest.fixture
def poses_at() -> MakePoses:
    """Give Poses of persons 40 x 100 px whose boxes have these middles, at a moment in seconds."""

    def make(
        seconds: float,
        middles: Sequence[tuple[float, float]],
        *,
        scores: Sequence[float] | None = None,
        joints: bool = True,
        epoch: int = 0,
        inferred: bool = True,
        size: tuple[float, float] = (40, 100),
    ) -> Poses:
        places = np.array(middles, np.float32).reshape(-1, 2)
        half = np.array(size, np.float32) / 2
        steps = np.arange(17)
        body = (np.stack([steps % 3 - 1, steps // 3 / 2.5 - 1], axis=1) * half).astype(np.float32)
        keypoints = places[:, None] + (body if joints else 0 * body)
        return Poses(
            stamp=FrameStamp(
                "camera", epoch, round(seconds * 1000), seconds, round(seconds * 1e9), TimeSource.FILE, 1000, 600
            ),
            skeleton=COCO17,
            model="made",
            keypoints=keypoints,
            keypoint_scores=np.full((len(places), 17), 0.9 if joints else 0.0, np.float32),
            boxes=np.concatenate([places - half, places + half], axis=1),
            scores=np.full(len(places), 0.9, np.float32) if scores is None else np.array(scores, np.float32),
            inferred=inferred,
        )

    return make
