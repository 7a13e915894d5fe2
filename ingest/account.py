"""What became of the frames of one camera: every one is delivered, dropped for a reason, or still on its way."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ingest.capture.fates import PassReason
from ingest.status import CameraStatus


class DropReason(StrEnum):
    """Why a frame did not reach the broker."""

    NEWER = "newer"  # a newer one came before it was taken
    DAMAGED = "damaged"  # it came damaged from the camera
    NOT_ENCODED = "not_encoded"  # no JPEG could be made of it
    TOO_LARGE = "too_large"  # larger than a message may be
    QUEUE_FULL = "queue_full"  # too many wait for the broker
    NOT_DELIVERED = "not_delivered"  # the broker did not confirm it in time


@dataclass(frozen=True)
class FrameCounts:
    """One look at an account: produced = delivered + all dropped + in_flight, exactly.

    ``packets`` that came from the source = produced + all ``passed`` over + those in the reader.
    """

    produced: int
    delivered: int
    dropped: Mapping[DropReason, int]
    packets: int = 0
    passed: Mapping[PassReason, int] = field(default_factory=dict)

    @property
    def in_flight(self) -> int:
        """Frames that wait for being taken, encoded or confirmed."""
        return self.produced - self.delivered - sum(self.dropped.values())


class FrameAccount:
    """Counts the fates of one camera's frames from the moment they were taken; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._delivered = 0
        self._dropped = dict.fromkeys(DropReason, 0)

    def note_delivered(self) -> None:
        """Count a frame that the broker has."""
        with self._lock:
            self._delivered += 1

    def note_dropped(self, reason: DropReason) -> None:
        """Count a frame that the broker will not get."""
        with self._lock:
            self._dropped[reason] += 1

    def fates(self) -> FrameCounts:
        """Give what is known here; ``produced`` stays to be filled in by ``counts_with``."""
        with self._lock:
            return FrameCounts(0, self._delivered, dict(self._dropped))


def counts_with(fates: FrameCounts, status: CameraStatus) -> FrameCounts:
    """Close the account with what the camera counts; ``status`` must be taken after ``fates``.

    A damaged frame counts as produced and dropped: it was to be sent.
    """
    dropped = dict(fates.dropped)
    dropped[DropReason.NEWER] += status.frames_dropped
    dropped[DropReason.DAMAGED] += status.frames_corrupt
    produced = status.frames_sampled + status.frames_corrupt
    return FrameCounts(produced, fates.delivered, dropped, status.packets, status.passed)
