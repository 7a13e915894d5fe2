"""Sends a camera's sampled frames as JPEGs of its width."""

import random
import threading

from ingest.account import DropReason, FrameAccount, counts_with
from ingest.beats import BeatClock, beat
from ingest.live import LiveCamera
from ingest.sender import CameraLook, FrameSink
from ingest.settings import ReadSettings
from ingest.source import Source
from posestream.clock import Clock
from posestream.jpeg import encode_jpeg
from posestream.logs import get_log
from posestream.messaging.frame_message import JPEG, FrameMessage
from posestream.schemas import Frame


class JpegSender:
    """A camera with a thread that takes its newest frame, encodes it and hands it to the producer.

    Encoding is not done by the reader: while it takes long, newer frames replace older ones in the camera's slot.
    """

    def __init__(self, source: Source, settings: ReadSettings, quality: int, frames: FrameSink, clock: Clock) -> None:
        self.camera_id, self._wanted_fps = settings.camera_id, settings.fps
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._camera = LiveCamera(source, settings, clock, random.Random(), self._wake.set)  # noqa: S311  # jitter
        self._quality = quality
        self._frames = frames
        self._account = FrameAccount()
        self._beats = BeatClock(clock)
        self._thread = threading.Thread(target=self._run, name=f"sender-{self.camera_id}", daemon=True)

    def start(self) -> None:
        """Begin to read and to send; returns at once."""
        self._thread.start()
        self._camera.start()

    def stop(self, timeout: float) -> None:
        """Stop reading, send the frame that waits; takes at most about ``timeout`` seconds."""
        self._camera.stop(timeout)
        self._ending.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def note_persons(self, *, present: bool) -> None:
        """Say whether there is a confirmed person before the camera; safe from any thread."""
        self._camera.note_persons(present=present)

    def look(self) -> CameraLook:
        """Give one look; safe from any thread."""
        fates = self._account.fates()
        status = self._camera.status()
        return CameraLook(self.camera_id, status, counts_with(fates, status), self._wanted_fps)

    def _run(self) -> None:
        while not self._ending.is_set():
            self._wake.wait(max(0.0, self._beats.seconds_left()))
            self._wake.clear()
            self._turn()
        self._send_newest()

    def _turn(self) -> None:
        if self._send_newest() or self._beats.seconds_left() > 0:
            return
        moment = self._camera.moment()
        if moment is not None:
            self._frames.send(beat(moment), None)
            self._beats.note_sent()

    def _send_newest(self) -> bool:
        frame = self._camera.take()
        if frame is None:
            return False
        jpeg = self._encoded(frame)
        if jpeg is None:
            self._account.note_dropped(DropReason.NOT_ENCODED)
            return False
        self._frames.send(FrameMessage(frame.stamp, JPEG, keyframe=True, payload=jpeg), self._account)
        self._beats.note_sent()
        return True

    def _encoded(self, frame: Frame) -> bytes | None:
        try:
            return encode_jpeg(frame.image, self._quality)
        except (ValueError, RuntimeError, MemoryError) as exc:
            get_log("ingest").warning("not_encoded", camera=self.camera_id, reason=f"{type(exc).__name__}: {exc}")
            return None
