"""A live camera: its newest frame at any time, and its clock when no frame comes."""

import random
from collections.abc import Callable

from ingest.capture.intake import FrameIntake
from ingest.capture.order import CaptureOrder
from ingest.capture.starting import starter_of
from ingest.deadlines import LiveDeadlines
from ingest.newest import NewestFrame
from ingest.settings import ReadSettings
from ingest.source import Source
from ingest.status import CameraLedger, CameraStatus
from ingest.watched import WatchedReader
from posestream.clock import Clock
from posestream.schemas import Frame, FrameStamp


class LiveCamera:
    """Frames of one source as they happen; the newest wins, nothing ever blocks the taker.

    Cameras are reconnected for ever; clips and folders play in real time and loop. Each connect or round is a
    new epoch. Guarantee: at most once; frames_sampled = delivered + dropped + those that wait.
    ``on_frame`` is called from a thread of the camera after each frame that is ready to be taken: it must be quick.
    """

    def __init__(
        self,
        source: Source,
        settings: ReadSettings,
        clock: Clock,
        rng: random.Random,
        on_frame: Callable[[], None],
        deadlines: LiveDeadlines = LiveDeadlines(),  # noqa: B008  # frozen
    ) -> None:
        self._camera_id = settings.camera_id
        self._ledger = CameraLedger(clock)
        self._slot = NewestFrame(on_frame)
        self._intake = FrameIntake(settings.camera_id, self._ledger, self._slot)
        order = CaptureOrder(source, settings, deadlines)
        self._reader = WatchedReader(order, self._intake, self._ledger, starter_of(order, clock), clock, rng)

    def start(self) -> None:
        """Begin to read; returns at once. A camera is started once."""
        self._reader.start()

    def stop(self, timeout: float = 2.0) -> bool:
        """Stop reading; waits at most ``timeout`` seconds, True if nothing of it is left.

        A thread that hangs in the network is left to its own time limit; nothing of it is delivered.
        """
        return self._reader.stop(timeout)

    def take(self) -> Frame | None:
        """Take the newest frame, None if there is none that was not taken yet; never blocks."""
        return self._slot.take()

    def moment(self) -> FrameStamp | None:
        """Give the stamp of now for a beat, None if a frame waits: later than all taken, earlier than all to come."""
        with self._ledger.in_order:
            return None if self._slot.waiting else self._ledger.moment(self._camera_id)

    def note_persons(self, *, present: bool) -> None:
        """Say whether a confirmed person was in the last picture; see ``WatchedReader.note_persons``."""
        self._reader.note_persons(present=present)

    def status(self) -> CameraStatus:
        """Give one look at the camera; safe from any thread."""
        delivered, dropped = self._slot.delivered, self._slot.dropped + self._intake.lost
        return self._ledger.status(self._reader.tally.read(), delivered=delivered, dropped=dropped)
