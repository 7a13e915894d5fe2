"""Recordings that are played as if they happened now."""

from ingest.capture.attempt import Attempt
from ingest.timeline import Timeline
from posestream.clock import Clock
from posestream.errors import InputError

_LATE_SECONDS = 1.0
# A clip whose times leap further than this is damaged or was cut: nobody waits for hours.
_LEAP_SECONDS = 30.0


class Pace:
    """Lets one round of a recording pass in real time; a machine that is too slow plays it slower."""

    def __init__(self, clock: Clock, attempt: Attempt, rate: float) -> None:
        self._clock = clock
        self._attempt = attempt
        self._interval = 1 / rate
        self._timeline = Timeline(self._interval)
        self._began = clock.monotonic()
        self._end = self._began
        self.played = 0

    def wait(self, seconds: float | None) -> bool:
        """Wait until what has this time of the recording is due; False if it is no longer wanted."""
        due = self._began + self._timeline.place(seconds)
        late = self._clock.monotonic() - due
        if late > _LATE_SECONDS:
            self._began += late
            due += late
        elif late < -_LEAP_SECONDS:
            leap = -late - self._interval
            self._began -= leap
            due -= leap
        self._end = due + self._interval
        wanted = self._attempt.pause_until(due)
        self.played += wanted
        return wanted

    def finish_round(self, label: str) -> None:
        """Let the last frame have its time; raises InputError if there was none at all."""
        if not self.played and self._attempt.wanted():
            raise InputError(f"{label}: not a video or picture that can be read (no frame could be decoded)")
        self._attempt.pause_until(self._end)
