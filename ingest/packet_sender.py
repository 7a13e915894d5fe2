"""Sends a camera's own stream, one access unit a message, undecoded."""

import random
import threading

from ingest.account import FrameAccount, counts_with
from ingest.attempt import Attempt
from ingest.beats import BeatClock, beat
from ingest.deadlines import LiveDeadlines
from ingest.packet_feed import PacketFeed
from ingest.packet_readers import PacketReading, read_packets
from ingest.sender import CameraLook, FrameSink
from ingest.source import Source
from ingest.status import CameraLedger
from ingest.watched import WatchedReader
from posestream.clock import Clock
from posestream.messaging.frame_message import FrameMessage

_LEAST_WAIT_SECONDS = 0.02


class PacketSender:
    """A camera whose reader hands each access unit to the producer at once, and a thread for its beats.

    None is skipped for being old: a decoder needs all of them. What the producer drops leaves a gap in frame_index.
    """

    def __init__(
        self,
        source: Source,
        camera_id: str,
        frames: FrameSink,
        clock: Clock,
        deadlines: LiveDeadlines = LiveDeadlines(),  # noqa: B008  # frozen
    ) -> None:
        self.camera_id = camera_id
        self._source, self._frames, self._clock, self._deadlines = source, frames, clock, deadlines
        self._ledger = CameraLedger(clock)
        self._reader = WatchedReader(source, camera_id, self._ledger, clock, random.Random(), deadlines)  # noqa: S311
        self._account = FrameAccount()
        self._beats = BeatClock(clock)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"beats-{camera_id}", daemon=True)

    def start(self) -> None:
        """Begin to read and to send; returns at once."""
        self._thread.start()
        self._reader.start(self._read)

    def stop(self, timeout: float) -> None:
        """Stop reading; takes at most about ``timeout`` seconds."""
        self._reader.stop(timeout)
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def look(self) -> CameraLook:
        """Give one look; safe from any thread."""
        fates = self._account.fates()
        status = self._ledger.status(delivered=0, dropped=0)
        return CameraLook(self.camera_id, status, counts_with(fates, status))

    def _read(self, attempt: Attempt) -> None:
        feed = PacketFeed(self.camera_id, self._ledger, attempt, self._send)
        read_packets(PacketReading(self._source, self._deadlines, self._clock, attempt, feed))

    def _send(self, unit: FrameMessage) -> None:
        self._frames.send(unit, self._account)
        self._beats.note_sent()

    def _beat(self) -> None:
        while not self._ending.wait(max(_LEAST_WAIT_SECONDS, self._beats.seconds_left())):
            with self._ledger.in_order:
                if self._beats.seconds_left() <= 0:
                    self._frames.send(beat(self._ledger.moment(self.camera_id)), None)
                    self._beats.note_sent()
