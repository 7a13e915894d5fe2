"""What is known of a camera at a moment: what is wrong with it, whether pictures come."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from posestream.config.rules import CameraTrouble
from posestream.schemas import FrameStamp, TimeSource

_NO_PICTURES = {CameraTrouble.DOWN.value, CameraTrouble.STALLED.value}
_NS_PER_MS = 1_000_000


@dataclass(frozen=True)
class CameraReport:
    """One report of a camera's health.

    ``at_ns``: when, UTC ns; ``reasons``: what is wrong, names of CameraTrouble (others are no concern of a rule);
    ``sees``: pictures come, so what is not among the reasons is not the case. Without pictures that cannot be told.
    """

    camera_id: str
    epoch: int
    at_ns: int
    reasons: frozenset[str]
    sees: bool

    @classmethod
    def told(cls, camera_id: str, epoch: int, at_ns: int, state: str, reasons: Iterable[str]) -> Self:
        """Give the report of what ingest tells: its ``state`` (connecting, live, down, refused) and ``reasons``.

        A camera that refuses the login is down, whether or not the reasons say so.
        """
        wrong = set(reasons) | ({CameraTrouble.DOWN.value} if state in {"down", "refused"} else set())
        return cls(camera_id, epoch, at_ns, frozenset(wrong), sees=state == "live" and not wrong & _NO_PICTURES)

    @property
    def stamp(self) -> FrameStamp:
        """The stamp of the report's alerts: no frame belongs to it, its milliseconds (UTC) stand for the index."""
        return FrameStamp(
            self.camera_id, self.epoch, self.at_ns // _NS_PER_MS, 0.0, self.at_ns, TimeSource.ARRIVAL, 1, 1
        )
