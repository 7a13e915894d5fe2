"""What one camera did in the last second."""

import numpy as np

from posestream.schemas import Poses
from sinks.camera_second import CameraSecond


class SecondMeter:
    """Collects the figures of the frames answered since the last ``read``."""

    def __init__(self) -> None:
        self._persons: list[int] = []
        self._inference_ms: list[float] = []
        self._age_ms: list[float] = []

    def add(self, poses: Poses, persons: int, age_ms: float) -> None:
        """Count one answered frame; ``age_ms`` is the time from capture to result."""
        self._persons.append(persons)
        self._inference_ms.append(sum(poses.timings_ms.values()))
        self._age_ms.append(age_ms)

    def read(self, camera_id: str, second_utc: int, seconds: float) -> CameraSecond:
        """Give the second's figures (``seconds`` long in truth) and begin anew."""
        frames = len(self._persons)
        second = CameraSecond(
            camera_id=camera_id,
            second_utc=second_utc,
            persons=float(np.mean(self._persons)) if frames else 0.0,
            persons_max=max(self._persons, default=0),
            frames=frames,
            fps=frames / seconds,
            inference_ms=float(np.mean(self._inference_ms)) if frames else None,
            age_ms=float(np.mean(self._age_ms)) if frames else None,
        )
        self._persons, self._inference_ms, self._age_ms = [], [], []
        return second
