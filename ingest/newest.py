"""A slot that holds the newest frame and nothing older."""

import threading
from collections.abc import Callable

from posestream.schemas import Frame


class NewestFrame:
    """Hand-over between one reader and its taker: the newest frame wins, older ones are counted as dropped.

    Guarantee: put = delivered + dropped + (1 if one is waiting). Safe for threads.
    """

    def __init__(self, on_put: Callable[[], None] | None = None) -> None:
        self._ready = threading.Condition()
        self._frame: Frame | None = None
        self._on_put = on_put
        self._delivered = 0
        self._dropped = 0

    @property
    def delivered(self) -> int:
        """Frames that were taken."""
        with self._ready:
            return self._delivered

    @property
    def dropped(self) -> int:
        """Frames that were replaced before anybody took them."""
        with self._ready:
            return self._dropped

    @property
    def waiting(self) -> bool:
        """Whether a frame waits to be taken."""
        with self._ready:
            return self._frame is not None

    def put(self, frame: Frame) -> None:
        """Replace what waits; never blocks."""
        with self._ready:
            self._dropped += self._frame is not None
            self._frame = frame
            self._ready.notify()
        if self._on_put is not None:
            self._on_put()

    def take(self, timeout: float = 0.0) -> Frame | None:
        """Take the newest frame; waits at most ``timeout`` seconds, None if there is none."""
        with self._ready:
            self._ready.wait_for(lambda: self._frame is not None, timeout)
            frame, self._frame = self._frame, None
            self._delivered += frame is not None
            return frame
