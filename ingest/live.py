"""A live camera: its newest frame at any time, and its clock when no frame comes."""

import random
from collections.abc import Callable

from ingest.attempt import Attempt
from ingest.deadlines import LiveDeadlines
from ingest.feed import CameraFeed
from ingest.live_readers import LiveReading, read_live
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
    new epoch. Guarantee: at most once; frames_sampled = delivered + dropped + (1 if one waits).
    ``on_frame`` is called from the reader's thread after each frame that is ready to be taken: it must be quick.
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
        self._source = source
        self._settings = settings
        self._clock = clock
        self._deadlines = deadlines
        self._ledger = CameraLedger(clock)
        self._slot = NewestFrame(on_frame)
        self._reader = WatchedReader(source, settings.camera_id, self._ledger, clock, rng, deadlines)

    def start(self) -> None:
        """Begin to read; returns at once. A camera is started once."""
        self._reader.start(self._read)

    def stop(self, timeout: float = 2.0) -> bool:
        """Stop reading; waits at most ``timeout`` seconds, True if all of its threads have ended.

        A thread that hangs in the network is left to its own time limit; nothing of it is delivered.
        """
        return self._reader.stop(timeout)

    def take(self) -> Frame | None:
        """Take the newest frame, None if there is none that was not taken yet; never blocks."""
        return self._slot.take()

    def moment(self) -> FrameStamp | None:
        """Give the stamp of now for a beat, None if a frame waits: later than all taken, earlier than all to come."""
        with self._ledger.in_order:
            return None if self._slot.waiting else self._ledger.moment(self._settings.camera_id)

    def status(self) -> CameraStatus:
        """Give one look at the camera; safe from any thread."""
        return self._ledger.status(delivered=self._slot.delivered, dropped=self._slot.dropped)

    def _read(self, attempt: Attempt) -> None:
        feed = CameraFeed(self._settings, self._ledger, self._slot, attempt)
        read_live(LiveReading(self._source, self._settings, self._deadlines, self._clock, attempt, feed))
