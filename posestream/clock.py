"""Time as an argument: stages and hosts are given a clock, tests give them one that they can set."""

import time
from typing import Protocol


class Clock(Protocol):
    """Where the hosts get their time from."""

    def wall_ns(self) -> int:
        """UTC nanoseconds since 1970; may jump."""
        ...

    def monotonic(self) -> float:
        """Seconds from an unknown start; never goes back."""
        ...


class SystemClock:
    """The machine's own clock."""

    def wall_ns(self) -> int:
        """UTC nanoseconds since 1970; may jump."""
        return time.time_ns()

    def monotonic(self) -> float:
        """Seconds from an unknown start; never goes back."""
        return time.monotonic()


class SettableClock:
    """A clock for tests: time passes when it is told to."""

    def __init__(self, wall_ns: int = 0) -> None:
        self._wall_ns = wall_ns
        self._monotonic = 0.0

    def wall_ns(self) -> int:
        """UTC nanoseconds as set."""
        return self._wall_ns

    def monotonic(self) -> float:
        """Seconds advanced since birth."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._monotonic += seconds
        self._wall_ns += round(seconds * 1e9)
