"""Sends a camera's own stream, one access unit a message, undecoded."""

import random
import threading

from ingest.account import FrameAccount, counts_with
from ingest.beats import BeatClock, beat
from ingest.capture.intake import PacketIntake
from ingest.capture.order import CaptureOrder
from ingest.capture.starting import starter_of
from ingest.deadlines import LiveDeadlines
from ingest.sender import CameraLook, FrameSink
from ingest.settings import ReadSettings
from ingest.source import Source
from ingest.status import CameraLedger
from ingest.watched import WatchedReader
from posestream.clock import Clock
from posestream.messaging.frame_message import FrameMessage

_LEAST_WAIT_SECONDS = 0.02


class PacketSender:
    """A camera whose access units go to the producer at once, each, and a thread for its beats.

    None is skipped for being old: a decoder needs all of them. What is dropped, here or by the producer, leaves a gap
    in frame_index.
    """

    def __init__(
        self,
        source: Source,
        settings: ReadSettings,
        frames: FrameSink,
        clock: Clock,
        deadlines: LiveDeadlines = LiveDeadlines(),  # noqa: B008  # frozen
    ) -> None:
        self.camera_id, self._wanted_fps = settings.camera_id, settings.fps
        self._frames = frames
        self._ledger = CameraLedger(clock)
        self._intake = PacketIntake(self.camera_id, self._ledger, self._send)
        order = CaptureOrder(source, settings, deadlines, packets=True)
        rng = random.Random()  # noqa: S311  # jitter
        self._reader = WatchedReader(order, self._intake, self._ledger, starter_of(order, clock), clock, rng)
        self._account = FrameAccount()
        self._beats = BeatClock(clock)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"beats-{self.camera_id}", daemon=True)

    def start(self) -> None:
        """Begin to read and to send; returns at once."""
        self._thread.start()
        self._reader.start()

    def stop(self, timeout: float) -> None:
        """Stop reading; takes at most about ``timeout`` seconds."""
        self._reader.stop(timeout)
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def note_persons(self, *, present: bool) -> None:
        """Do nothing: all packets are sent, persons or not."""

    def look(self) -> CameraLook:
        """Give one look; safe from any thread."""
        fates = self._account.fates()
        status = self._ledger.status(self._reader.tally.read(), delivered=0, dropped=self._intake.lost)
        return CameraLook(self.camera_id, status, counts_with(fates, status), self._wanted_fps)

    def _send(self, unit: FrameMessage) -> None:
        self._frames.send(unit, self._account)
        self._beats.note_sent()

    def _beat(self) -> None:
        while not self._ending.wait(max(_LEAST_WAIT_SECONDS, self._beats.seconds_left())):
            with self._ledger.in_order:
                if self._beats.seconds_left() <= 0:
                    self._frames.send(beat(self._ledger.moment(self.camera_id)), None)
                    self._beats.note_sent()
