"""What is kept of one second of one camera."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CameraSecond:
    """The figures of one camera in one second of its capture time.

    ``second_utc``: whole seconds since 1970; ``persons``: mean over the second's frames; ``frames``: frames
    looked at; ``fps``: frames looked at a second; ``inference_ms``: mean; ``age_ms``: mean of capture to
    result; None where nothing was measured.
    """

    camera_id: str
    second_utc: int
    persons: float
    persons_max: int
    frames: int
    fps: float | None = None
    inference_ms: float | None = None
    age_ms: float | None = None
