"""One try to read a live source: how far it is, and whether anybody still waits for it."""

import threading
from collections.abc import Callable
from enum import Enum

from ingest.deadlines import LiveDeadlines
from posestream.clock import Clock
from posestream.errors import InputError

_SLOW_FRAMES = 4
# The reader's own limits strike first: it can say better what went wrong.
_GRACE = 1.25
_PAUSE_SECONDS = 1.0


class Phase(Enum):
    """What the reader waits for; the value tells people what did not come."""

    OPENING = "no answer in time"
    FIRST_FRAME = "connected, but no picture came"
    FLOWING = "the pictures stopped coming"


class Attempt:
    """Shared between one reader thread and its watchdog.

    The reader beats and finally finishes; the watchdog asks for the seconds left and may abandon it: from then
    on nothing of it is delivered, even if it wakes up later.
    """

    def __init__(self, clock: Clock, deadlines: LiveDeadlines, on_finish: Callable[[], None]) -> None:
        self._clock = clock
        self._limits = {
            Phase.OPENING: deadlines.open_s * _GRACE,
            Phase.FIRST_FRAME: deadlines.first_frame_s * _GRACE,
            Phase.FLOWING: deadlines.next_frame_s,
        }
        self._on_finish = on_finish
        self._lock = threading.Lock()
        self._abandoned = threading.Event()
        self._finished = threading.Event()
        self._phase = Phase.OPENING
        self._last_beat = clock.monotonic()
        self._flowing_since: float | None = None
        self._fault: InputError | None = None

    @property
    def phase(self) -> Phase:
        """What the reader waits for."""
        return self._phase

    @property
    def fault(self) -> InputError | None:
        """Why the reader ended; None if it just ended, or has not."""
        return self._fault

    @property
    def finished(self) -> bool:
        """Whether the reader has ended by itself."""
        return self._finished.is_set()

    def wanted(self) -> bool:
        """Whether anybody still waits for this reader."""
        return not self._abandoned.is_set()

    def abandon(self) -> None:
        """Give the reader up; returns when nothing of it can be delivered any more."""
        with self._lock:
            self._abandoned.set()

    def opened(self, source_fps: float | None) -> None:
        """Say that the source is open."""
        if source_fps:
            self._limits[Phase.FLOWING] = max(self._limits[Phase.FLOWING], _SLOW_FRAMES / source_fps)
        self._beat(Phase.FIRST_FRAME)

    def frame_came(self) -> None:
        """Say that a good frame came."""
        if self._flowing_since is None:
            self._flowing_since = self._clock.monotonic()
        self._beat(Phase.FLOWING)

    def deliver(self, act: Callable[[], None]) -> None:
        """Do ``act`` unless the reader is abandoned."""
        with self._lock:
            if not self._abandoned.is_set():
                act()

    def pause_until(self, moment: float) -> bool:
        """Wait until the clock's monotonic ``moment``, alive for the watchdog; False if no longer wanted."""
        while (left := moment - self._clock.monotonic()) > 0 and self.wanted():
            self._beat(self._phase)
            self._abandoned.wait(min(left, _PAUSE_SECONDS))
        return self.wanted()

    def finish(self, fault: InputError | None) -> None:
        """Say that the reader has ended, and why."""
        self._fault = fault
        self._finished.set()
        self._on_finish()

    def seconds_left(self) -> float:
        """Give the seconds until the watchdog loses patience."""
        return self._last_beat + self._limits[self._phase] - self._clock.monotonic()

    def healthy_seconds(self) -> float:
        """Give for how long frames have come."""
        return 0.0 if self._flowing_since is None else self._last_beat - self._flowing_since

    def _beat(self, phase: Phase) -> None:
        self._phase = phase
        self._last_beat = self._clock.monotonic()
