"""How a live camera is doing: counted by its reader, read by everybody."""

import threading
from dataclasses import dataclass, replace
from enum import StrEnum

from ingest.health.picture_meter import PictureFigures
from posestream.clock import Clock
from posestream.schemas import FrameStamp, TimeSource


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
    frames_sampled = frames_delivered + frames_dropped + (1 if one waits to be taken).
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


class CameraLedger:
    """The counters and the clock of one camera over all of its connects; safe for threads.

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
        self._decoded = self._sampled = self._corrupt = self._connects = 0
        self._source_fps: float | None = None
        self._last_frame_at: float | None = None
        self._last_captured_ns = 0
        self._last_stamp: FrameStamp | None = None
        self._epoch_is_free = False

    def note_connect(self) -> None:
        """Count one try to connect."""
        with self._lock:
            self._connects += 1

    def begin_epoch(self, source_fps: float | None) -> int:
        """Give the next epoch: wall-clock milliseconds, higher than every one before."""
        with self._lock:
            if not self._epoch_is_free:
                self._next_epoch()
            self._epoch_is_free = False
            self._source_fps = source_fps
            return self._epoch

    def note_decoded(self, *, corrupt: bool) -> None:
        """Count one decoded frame."""
        with self._lock:
            self._decoded += 1
            self._corrupt += corrupt
            if not corrupt:
                self._last_frame_at = self._clock.monotonic()

    def note_sampled(self, stamp: FrameStamp) -> None:
        """Count one frame that is handed on."""
        with self._lock:
            self._sampled += 1
            self._last_stamp = stamp

    def note_state(self, state: CameraState, reason: str | None = None) -> bool:
        """Set state and reason; True if the state is another one than before."""
        with self._lock:
            changed = state is not self._state
            self._state, self._reason = state, reason
            return changed

    def wall_ns(self) -> int:
        """Give the time of now, UTC nanoseconds; may jump."""
        return self._clock.wall_ns()

    def captured_at_ns(self, arrived_ns: int | None = None) -> int:
        """Give the arrival time of a frame (None: now), UTC nanoseconds, later than every one before."""
        with self._lock:
            return self._later(self._clock.wall_ns() if arrived_ns is None else arrived_ns)

    def moment(self, camera_id: str) -> FrameStamp:
        """Give the stamp of now, when no frame came: the last frame's, carried on by the time that has passed.

        Before the first frame: index 0 of the epoch that the first connect will have, of a frame of 1x1 pixels.
        """
        with self._lock:
            now_ns = self._later(self._clock.wall_ns())
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

    def status(self, *, delivered: int, dropped: int) -> CameraStatus:
        """Give one consistent look; the two counts come from the slot that hands the frames on."""
        with self._lock:
            return CameraStatus(
                state=self._state,
                reason=self._reason,
                epoch=self._epoch,
                frames_decoded=self._decoded,
                frames_sampled=self._sampled,
                frames_dropped=dropped,
                reconnects=max(0, self._connects - 1),
                source_fps=self._source_fps,
                last_frame_at_monotonic=self._last_frame_at,
                frames_delivered=delivered,
                frames_corrupt=self._corrupt,
            )

    def _next_epoch(self) -> None:
        self._epoch = max(self._epoch + 1, self._clock.wall_ns() // 1_000_000)

    def _later(self, time_ns: int) -> int:
        self._last_captured_ns = max(self._last_captured_ns + 1, time_ns)
        return self._last_captured_ns

    def _before_all(self, camera_id: str, now_ns: int) -> FrameStamp:
        if self._epoch == 0:
            self._next_epoch()
            self._epoch_is_free = True
        return FrameStamp(camera_id, self._epoch, 0, 0.0, now_ns, TimeSource.ARRIVAL, 1, 1)
