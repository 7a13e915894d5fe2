"""When a camera's silence is to be told: later stages get a message a second, come what may."""

import threading

from posestream.clock import Clock
from posestream.messaging.frame_message import NO_PICTURE, FrameMessage
from posestream.schemas import FrameStamp

# A little less than a second: with the time that sending takes a second is kept.
BEAT_SECONDS = 0.9


class BeatClock:
    """Measures the silence of one camera; safe for threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sent_at = clock.monotonic()

    def note_sent(self) -> None:
        """Say that something was sent: a frame or a beat."""
        with self._lock:
            self._sent_at = self._clock.monotonic()

    def seconds_left(self) -> float:
        """Give the seconds until a beat is due; 0 or less when it is."""
        with self._lock:
            return self._sent_at + BEAT_SECONDS - self._clock.monotonic()


def beat(stamp: FrameStamp) -> FrameMessage:
    """Give the message that says: time passes, there is no frame."""
    return FrameMessage(stamp, NO_PICTURE, keyframe=False, payload=b"")
