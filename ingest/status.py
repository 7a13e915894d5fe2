"""How a live camera is doing: counted by its reader, read by everybody."""

import threading
from dataclasses import dataclass
from enum import StrEnum

from posestream.clock import Clock


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


class CameraLedger:
    """The counters and the clock of one camera over all of its connects; safe for threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._state = CameraState.CONNECTING
        self._reason: str | None = None
        self._epoch = 0
        self._decoded = self._sampled = self._corrupt = self._connects = 0
        self._source_fps: float | None = None
        self._last_frame_at: float | None = None
        self._last_captured_ns = 0

    def note_connect(self) -> None:
        """Count one try to connect."""
        with self._lock:
            self._connects += 1

    def begin_epoch(self, source_fps: float | None) -> int:
        """Give the next epoch: wall-clock milliseconds, higher than every one before."""
        with self._lock:
            self._epoch = max(self._epoch + 1, self._clock.wall_ns() // 1_000_000)
            self._source_fps = source_fps
            return self._epoch

    def note_decoded(self, *, corrupt: bool) -> None:
        """Count one decoded frame."""
        with self._lock:
            self._decoded += 1
            self._corrupt += corrupt
            if not corrupt:
                self._last_frame_at = self._clock.monotonic()

    def note_sampled(self) -> None:
        """Count one frame that is handed on."""
        with self._lock:
            self._sampled += 1

    def note_state(self, state: CameraState, reason: str | None = None) -> bool:
        """Set state and reason; True if the state is another one than before."""
        with self._lock:
            changed = state is not self._state
            self._state, self._reason = state, reason
            return changed

    def captured_at_ns(self) -> int:
        """Give the arrival time of a frame, UTC nanoseconds, later than every one before."""
        with self._lock:
            self._last_captured_ns = max(self._last_captured_ns + 1, self._clock.wall_ns())
            return self._last_captured_ns

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
