"""What the ingest service has of each camera, whatever it sends of it."""

from dataclasses import dataclass
from typing import Protocol

from ingest.account import FrameAccount, FrameCounts
from ingest.status import CameraStatus
from posestream.messaging.frame_message import FrameMessage


class FrameSink(Protocol):
    """Where frames go; a FramesProducer."""

    def send(self, frame: FrameMessage, account: FrameAccount | None) -> None:
        """Take a frame without waiting; its fate goes to ``account``, None for what is no frame (a beat)."""
        ...


@dataclass(frozen=True)
class CameraLook:
    """One look at a camera and at what became of its frames; ``wanted_fps``: the rate that its config asks for."""

    camera_id: str
    status: CameraStatus
    counts: FrameCounts
    wanted_fps: float | None = None


class CameraSender(Protocol):
    """Reads one camera and sends its frames until it is stopped; nothing of it waits for another camera."""

    camera_id: str

    def start(self) -> None:
        """Begin to read and to send; returns at once."""
        ...

    def stop(self, timeout: float) -> None:
        """Stop reading, hand over what waits; takes at most about ``timeout`` seconds."""
        ...

    def note_persons(self, *, present: bool) -> None:
        """Say whether there is a confirmed person before the camera; safe from any thread."""
        ...

    def look(self) -> CameraLook:
        """Give one look; safe from any thread."""
        ...
