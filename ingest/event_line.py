"""Event time that only rises, whatever the clocks that it is read from do."""

_NS = 1_000_000_000
_NEAR_NS = 600 * _NS
_NEAR_PACE = 0.9
_FAR_PACE = 0.5


class EventLine:
    """The event times of one camera, strictly rising over all of its connects.

    A wanted time that lies behind the last one (another source of time, a clock that was set back) is not given.
    The line goes on from the last time instead, at 9/10 of the real pace, or at half of it while it is over ten
    minutes ahead, until the wanted times have caught up: it never stands still and never goes back.
    """

    def __init__(self) -> None:
        self._last_ns: int | None = None
        self._last_at = 0.0
        self.ahead_seconds = 0.0
        """How far the last time given lies ahead of the one that was wanted, seconds."""

    def place(self, wanted_ns: int, monotonic: float) -> int:
        """Give the event time for the wanted one, both UTC nanoseconds; ``monotonic`` = seconds that never jump."""
        if self._last_ns is None or wanted_ns > self._last_ns:
            placed = wanted_ns
        else:
            pace = _NEAR_PACE if self._last_ns - wanted_ns < _NEAR_NS else _FAR_PACE
            passed = max(0.0, monotonic - self._last_at)
            placed = max(wanted_ns, self._last_ns + max(1, round(passed * pace * _NS)))
        self._last_ns, self._last_at = placed, monotonic
        self.ahead_seconds = (placed - wanted_ns) / _NS
        return placed
