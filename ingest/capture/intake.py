"""What the watcher takes out of a reader's ring: pictures, the newest only, or access units, all that are there."""

import math
from collections.abc import Callable
from typing import Protocol

from ingest.capture.outlet import here_now
from ingest.capture.ring import Captured, Ring, Taken
from ingest.newest import NewestFrame
from ingest.status import CameraLedger
from posestream.messaging.frame_message import FrameMessage
from posestream.schemas import Frame, Image

_PICTURES = frozenset({"i420", "rgb24"})
# Whatever a broken reader says: its losses fit into a message, its times into a number of nanoseconds.
_MOST_LOST = 2**48
_MOST_SECONDS = 1e15
# Our clock may have been set back since it was written.
_FUTURE_NS = 60_000_000_000


class Intake(Protocol):
    """Takes from one ring after the other; used by the watcher's thread. ``lost``: overwritten before it was taken."""

    lost: int

    def watch(self, ring: Ring) -> None:
        """Take from this ring from now on; it is new."""
        ...

    def connected(self) -> None:
        """What is taken from now on is of another connect."""
        ...

    def pump(self) -> bool:
        """Take what is there; True if there was something. Raises ValueError if it makes no sense."""
        ...

    def leave(self) -> None:
        """What is still in the ring will not be taken."""
        ...


class RingIntake:
    """Follows one ring after the other by number, and stamps by the camera's ledger."""

    def __init__(self, camera_id: str, ledger: CameraLedger) -> None:
        self.lost = 0
        self._camera_id, self._ledger = camera_id, ledger
        self._ring: Ring | None = None
        self._after = 0
        self._round = 0

    def watch(self, ring: Ring) -> None:
        """Take from this ring from now on; it is new."""
        self._ring, self._after = ring, 0

    def connected(self) -> None:
        """What is taken from now on is of another connect."""
        self._round = 0
        self._ledger.connected()

    def leave(self) -> None:
        """What is still in the ring will not be taken."""
        if self._ring is not None:
            self._lose(self._ring.published - self._after)
            self._ring = None

    def _took(self, taken: Taken, hand_on: Callable[[Taken], None]) -> None:
        self._after = taken.number
        self._lose(taken.lost)
        try:
            _check(taken.captured)
            if taken.captured.round != self._round:
                self._round = taken.captured.round
                self._ledger.begin_epoch()
            hand_on(taken)
        except ValueError:
            self.lost += 1
            raise

    def _lose(self, count: int) -> None:
        self.lost += min(max(0, count), _MOST_LOST)


class FrameIntake(RingIntake):
    """Stamps the newest picture and puts it into the camera's slot."""

    def __init__(self, camera_id: str, ledger: CameraLedger, slot: NewestFrame) -> None:
        super().__init__(camera_id, ledger)
        self._slot = slot

    def pump(self) -> bool:
        """Take the newest picture; True if there was one. Raises ValueError if it makes no sense."""
        taken = None if self._ring is None else self._ring.newest(self._after)
        if taken is not None:
            self._took(taken, self._put)
        return taken is not None

    def _put(self, taken: Taken) -> None:
        head = taken.captured
        if head.layout not in _PICTURES or min(head.image_width, head.image_height) < 1:
            raise ValueError(f"no picture: {head.layout} of {head.image_width}x{head.image_height}")
        rows = head.image_height * 3 // 2 if head.layout == "i420" else head.image_height
        shape = (rows, head.image_width) if head.layout == "i420" else (rows, head.image_width, 3)
        image = Image(taken.payload.reshape(shape), "i420" if head.layout == "i420" else "rgb24")
        with self._ledger.in_order:
            self._slot.put(Frame(self._ledger.stamp(self._camera_id, head), image))


class PacketIntake(RingIntake):
    """Stamps every access unit and hands it on at once."""

    def __init__(self, camera_id: str, ledger: CameraLedger, hand_on: Callable[[FrameMessage], None]) -> None:
        super().__init__(camera_id, ledger)
        self._hand_on = hand_on

    def pump(self) -> bool:
        """Take all access units that are there; True if there were any. Raises ValueError if one makes no sense."""
        before = self._after
        while self._ring is not None and (taken := self._ring.next(self._after)) is not None:
            self._took(taken, self._send)
        return self._after != before

    def _send(self, taken: Taken) -> None:
        head = taken.captured
        if head.layout in _PICTURES:
            raise ValueError(f"no access unit: {head.layout}")
        with self._ledger.in_order:
            stamp = self._ledger.stamp(self._camera_id, head)
            self._hand_on(FrameMessage(stamp, head.layout, head.keyframe, taken.payload.tobytes()))


def _check(head: Captured) -> None:
    """Refuse times that cannot be; raises ValueError."""
    seconds = [head.arrived_at, 0.0 if math.isnan(head.stream_seconds) else head.stream_seconds]
    if not all(abs(value) < _MOST_SECONDS for value in seconds):
        raise ValueError(f"no times: {seconds}")
    if not 0 <= head.arrived_ns < here_now().wall_ns + _FUTURE_NS:
        raise ValueError(f"no arrival: {head.arrived_ns} ns")
