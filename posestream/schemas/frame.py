"""A camera's frame and its stamp: which camera, which connect, which frame, when."""

import math
from dataclasses import dataclass
from enum import StrEnum

from posestream.schemas.image import Image


class TimeSource(StrEnum):
    """Where a frame's ``captured_at_ns`` comes from."""

    FILE = "file"  # start time of the file plus pts
    RTCP = "rtcp"  # the camera's sender reports
    ARRIVAL = "arrival"  # our clock when the frame came


@dataclass(frozen=True)
class FrameStamp:
    """Identity and time of one frame; (camera_id, epoch, frame_index) is unique and deterministic.

    ``epoch`` is 0 for files; for live cameras the connect's wall-clock milliseconds, strictly rising.
    ``frame_index`` counts decoded frames of the epoch from 0, sampled or not.
    ``width`` and ``height`` are the source's own, whatever size the image was scaled to.
    """

    camera_id: str
    epoch: int
    frame_index: int
    pts_seconds: float
    captured_at_ns: int
    time_source: TimeSource
    width: int
    height: int

    def __post_init__(self) -> None:
        """Refuse what could not be a frame."""
        if not self.camera_id:
            raise ValueError("FrameStamp.camera_id: wanted a name, got an empty text")
        if min(self.epoch, self.frame_index) < 0:
            raise ValueError(f"FrameStamp: wanted epoch and frame_index >= 0, got {self.epoch} and {self.frame_index}")
        if not math.isfinite(self.pts_seconds):
            raise ValueError(f"FrameStamp.pts_seconds: wanted a finite number, got {self.pts_seconds}")
        if min(self.width, self.height) < 1:
            raise ValueError(f"FrameStamp: wanted a size of at least 1x1, got {self.width}x{self.height}")

    @property
    def event_id(self) -> str:
        """Deterministic id of whatever is said of this frame."""
        return f"{self.camera_id}/{self.epoch}/{self.frame_index}"


@dataclass(frozen=True, eq=False)
class Frame:
    """A stamped picture; ``image`` may be smaller than the source."""

    stamp: FrameStamp
    image: Image
