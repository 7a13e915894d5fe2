"""What the watcher takes out of a reader's ring: pictures, the newest only, or access units, all that are there."""

from collections.abc import Callable
from typing import Protocol

from ingest.capture.ring import Ring, Taken
from ingest.newest import NewestFrame
from ingest.status import CameraLedger
from posestream.messaging.frame_message import FrameMessage
from posestream.schemas import Frame, Image


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
            self.lost += max(0, self._ring.published - self._after)
            self._ring = None

    def _took(self, taken: Taken) -> None:
        self._after = taken.number
        self.lost += taken.lost
        if taken.captured.round != self._round:
            self._round = taken.captured.round
            self._ledger.begin_epoch()


class FrameIntake(RingIntake):
    """Stamps the newest picture and puts it into the camera's slot."""

    def __init__(self, camera_id: str, ledger: CameraLedger, slot: NewestFrame) -> None:
        super().__init__(camera_id, ledger)
        self._slot = slot

    def pump(self) -> bool:
        """Take the newest picture; True if there was one. Raises ValueError if it makes no sense."""
        taken = None if self._ring is None else self._ring.newest(self._after)
        if taken is None:
            return False
        self._took(taken)
        head = taken.captured
        rows = head.image_height * 3 // 2 if head.layout == "i420" else head.image_height
        shape = (rows, head.image_width) if head.layout == "i420" else (rows, head.image_width, 3)
        image = Image(taken.payload.reshape(shape), "i420" if head.layout == "i420" else "rgb24")
        with self._ledger.in_order:
            self._slot.put(Frame(self._ledger.stamp(self._camera_id, head), image))
        return True


class PacketIntake(RingIntake):
    """Stamps every access unit and hands it on at once."""

    def __init__(self, camera_id: str, ledger: CameraLedger, hand_on: Callable[[FrameMessage], None]) -> None:
        super().__init__(camera_id, ledger)
        self._hand_on = hand_on

    def pump(self) -> bool:
        """Take all access units that are there; True if there were any. Raises ValueError if one makes no sense."""
        before = self._after
        while self._ring is not None and (taken := self._ring.next(self._after)) is not None:
            self._took(taken)
            head = taken.captured
            with self._ledger.in_order:
                stamp = self._ledger.stamp(self._camera_id, head)
                self._hand_on(FrameMessage(stamp, head.layout, head.keyframe, taken.payload.tobytes()))
        return self._after != before
