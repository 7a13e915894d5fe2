"""How old a live frame may be, and when the silence about dropped ones has lasted too long."""

import threading

from posestream.clock import Clock
from posestream.schemas import FrameStamp, TimeSource

LAPSE_SECONDS = 1.0
_MOST_CAMERAS = 10_000


class AgeLimit:
    """Says of frames whether they are too old to be looked at; ``seconds`` 0: none ever is, all are answered."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self.seconds = seconds
        self._clock = clock

    @property
    def is_live(self) -> bool:
        """Whether the newest frames matter more than all of them."""
        return self.seconds > 0

    def age_seconds(self, stamp: FrameStamp) -> float:
        """Give how long ago the frame was taken."""
        return (self._clock.wall_ns() - stamp.captured_at_ns) / 1e9

    def is_over(self, stamp: FrameStamp) -> bool:
        """Say whether the frame is too old; a recording's never is: its times are those of the recording."""
        return self.is_live and stamp.time_source is not TimeSource.FILE and self.age_seconds(stamp) > self.seconds


class Lapses:
    """Remembers when something was last said of each camera; safe for threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: dict[str, float] = {}
        self._lock = threading.Lock()

    def said(self, camera: str) -> None:
        """Note that an event of the camera is sent now."""
        with self._lock:
            self._said[camera] = self._clock.monotonic()
            if len(self._said) > _MOST_CAMERAS:  # names that come in messages must not fill the memory
                del self._said[next(iter(self._said))]

    def is_due(self, camera: str) -> bool:
        """Say whether time has to be told to pass; True is given once a second at most."""
        now = self._clock.monotonic()
        with self._lock:
            due = now - self._said.get(camera, -LAPSE_SECONDS) >= LAPSE_SECONDS
        if due:
            self.said(camera)
        return due

    def lately(self, seconds: float) -> tuple[str, ...]:
        """Give the cameras of which something was said in the last seconds, by name."""
        now = self._clock.monotonic()
        with self._lock:
            return tuple(sorted(camera for camera, at in self._said.items() if now - at <= seconds))
