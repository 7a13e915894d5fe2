"""How a live camera is doing: counted by its reader, read by everybody."""

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ingest.capture.fates import PassReason
from ingest.capture.ring import Captured
from ingest.capture.tally import CaptureCounts
from ingest.capture_time import Arrival, CaptureClock
from ingest.health.picture_meter import PictureFigures
from posestream.clock import Clock
from posestream.schemas import FrameStamp, TimeSource

STOPPED = "stopped"
"""The reason of a camera that is down because somebody stopped it; on the health topic its state."""


class CameraState(StrEnum):
    """Where a camera is in its life."""

    CONNECTING = "connecting"  # nothing has been reached yet
    LIVE = "live"  # frames come
    DOWN = "down"  # it failed and is tried again
    REFUSED = "refused"  # it refuses the login and is tried again slowly


@dataclass(frozen=True)
class CameraStatus:
    """One look at a camera; ``reason`` is redacted text, None while nothing is wrong.

    frames_decoded = those of all connects, damaged ones included; frames_sampled = those that were wanted;
    frames_sampled = frames_delivered + frames_dropped + those that wait to be taken.
    packets = frames_sampled + frames_corrupt + all passed + those in the reader now: every packet has one fate.
    ``idle``: nothing moves, so that keyframes alone are decoded.
    ``figures`` are of the last look at its picture, None before the first; ``skew_seconds`` is the camera's clock
    minus ours, None where it tells no time.
    """

    state: CameraState
    reason: str | None
    epoch: int
    frames_decoded: int
    frames_sampled: int
    frames_dropped: int
    reconnects: int
    source_fps: float | None
    last_frame_at_monotonic: float | None
    frames_delivered: int = 0
    frames_corrupt: int = 0
    figures: PictureFigures | None = None
    time_source: str = TimeSource.ARRIVAL.value
    skew_seconds: float | None = None
    packets: int = 0
    passed: Mapping[PassReason, int] = field(default_factory=dict)
    idle: bool = False


class CameraLedger:
    """State, epoch and clock of one camera over all of its connects; safe for threads.

    Who takes a time from it and hands on what bears it does both under ``in_order``: then nothing that is handed
    on later bears an earlier time.
    """

    def __init__(self, clock: Clock) -> None:
        self.in_order = threading.Lock()
        self._clock = clock
        self._lock = threading.Lock()
        self._state = CameraState.CONNECTING
        self._reason: str | None = None
        self._epoch = 0
        self._connects = 0
        self._source_fps: float | None = None
        self._times = CaptureClock()
        self._time_source = TimeSource.ARRIVAL
        self._skew_seconds: float | None = None
        self._last_stamp: FrameStamp | None = None
        self._epoch_is_free = False

    def note_connect(self) -> None:
        """Count one try to connect."""
        with self._lock:
            self._connects += 1

    def connected(self) -> None:
        """What comes now is of another connect: what the last one told of the camera's clock is void."""
        with self._lock:
            self._times.connected()

    def begin_epoch(self) -> int:
        """Give the next epoch: wall-clock milliseconds, higher than every one before."""
        with self._lock:
            if not self._epoch_is_free:
                self._next_epoch()
            self._epoch_is_free = False
            return self._epoch

    def note_rate(self, source_fps: float | None) -> None:
        """Note the frames a second that the source promises."""
        with self._lock:
            self._source_fps = source_fps

    def note_state(self, state: CameraState, reason: str | None = None) -> bool:
        """Set state and reason; True if the state is another one than before."""
        with self._lock:
            changed = state is not self._state
            self._state, self._reason = state, reason
            return changed

    def stamp(self, camera_id: str, captured: Captured) -> FrameStamp:
        """Stamp what a reader handed on: it is of the present epoch, and later than everything before."""
        with self._lock:
            seconds = captured.stream_seconds
            time = self._times.frame(
                Arrival(captured.arrived_ns, captured.arrived_at),
                seconds if math.isfinite(seconds) else None,
                captured.start_realtime_us or None,
            )
            self._time_source, self._skew_seconds = time.source, time.skew_seconds
            stamp = FrameStamp(
                camera_id=camera_id,
                epoch=self._epoch,
                frame_index=captured.index,
                pts_seconds=captured.pts_seconds,
                captured_at_ns=time.captured_at_ns,
                time_source=time.source,
                width=captured.width,
                height=captured.height,
            )
            self._last_stamp = stamp
            return stamp

    def moment(self, camera_id: str) -> FrameStamp:
        """Give the stamp of now, when no frame came: the last frame's, carried on by the time that has passed.

        Before the first frame: index 0 of the epoch that the first connect will have, of a frame of 1x1 pixels.
        """
        with self._lock:
            now_ns = self._times.moment(Arrival(self._clock.wall_ns(), self._clock.monotonic()))
            last = self._last_stamp
            if last is None:
                last = self._last_stamp = self._before_all(camera_id, now_ns)
            passed_s = (now_ns - last.captured_at_ns) / 1e9
            return replace(
                last,
                captured_at_ns=now_ns,
                pts_seconds=last.pts_seconds + passed_s,
                time_source=TimeSource.ARRIVAL,
            )

    def status(self, counts: CaptureCounts, *, delivered: int, dropped: int) -> CameraStatus:
        """Give one look; ``delivered`` and ``dropped`` come from the slot that hands the frames on."""
        with self._lock:
            return CameraStatus(
                state=self._state,
                reason=self._reason,
                epoch=self._epoch,
                frames_decoded=counts.decoded,
                frames_sampled=counts.sampled,
                frames_dropped=dropped,
                reconnects=max(0, self._connects - 1),
                source_fps=self._source_fps,
                last_frame_at_monotonic=counts.last_frame_at,
                frames_delivered=delivered,
                frames_corrupt=counts.corrupt,
                figures=counts.figures,
                time_source=self._time_source.value,
                skew_seconds=self._skew_seconds,
                packets=counts.packets,
                passed=counts.passed,
                idle=counts.idle,
            )

    def _next_epoch(self) -> None:
        self._epoch = max(self._epoch + 1, self._clock.wall_ns() // 1_000_000)

    def _before_all(self, camera_id: str, now_ns: int) -> FrameStamp:
        if self._epoch == 0:
            self._next_epoch()
            self._epoch_is_free = True
        return FrameStamp(camera_id, self._epoch, 0, 0.0, now_ns, TimeSource.ARRIVAL, 1, 1)
