"""Whether a service can work, part by part, and whether its loop still turns; safe for threads."""

import threading

from posestream.clock import Clock

BROKER = "broker"
"""The part that every service waits for first: Kafka with its topics."""
LONGEST_SILENCE_SECONDS = 60.0


class Readiness:
    """Parts (broker, models, store, …) say whether they are ready; the service is when all are.

    ``turn`` is called by the service's loop at least every few seconds: without it the service counts as dead.
    """

    def __init__(self, parts: tuple[str, ...], clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[str, str] = dict.fromkeys(parts, "starting")
        self._turned_at = clock.monotonic()

    def ready(self, part: str) -> None:
        """Say that a part is ready."""
        with self._lock:
            self._waiting.pop(part, None)

    def waits(self, part: str, reason: str) -> bool:
        """Say what a part waits for, in words without secrets; True if that is news."""
        with self._lock:
            news = self._waiting.get(part) != reason
            self._waiting[part] = reason
            return news

    def turn(self) -> None:
        """Say that the loop still turns."""
        with self._lock:
            self._turned_at = self._clock.monotonic()

    @property
    def waiting(self) -> dict[str, str]:
        """The parts that are not ready and why; empty when the service is."""
        with self._lock:
            return dict(self._waiting)

    @property
    def alive(self) -> bool:
        """Whether the loop turned within the last minute."""
        with self._lock:
            return self._clock.monotonic() - self._turned_at <= LONGEST_SILENCE_SECONDS
