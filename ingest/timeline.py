"""From a container's timestamps, which may be missing or jump, to seconds that rise."""

_JUMP_SECONDS = 1.0
_TICK_SECONDS = 0.001


class Timeline:
    """Places frames on one rising line of seconds that starts at 0 with the first frame.

    A missing time follows the last one by ``interval`` seconds; a step back of a second and more is a
    restarted clock and goes on likewise; a smaller one is put just behind the last frame.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._shift: float | None = None
        self._last: float | None = None

    def place(self, seconds: float | None) -> float:
        """Give the frame's place in seconds; later frames always get later places."""
        following = 0.0 if self._last is None else self._last + self._interval
        placed = following if seconds is None else self._shifted(seconds, following)
        self._last = placed
        return placed

    def _shifted(self, seconds: float, following: float) -> float:
        if self._shift is None:
            self._shift = following - seconds
        placed = seconds + self._shift
        if self._last is None or placed > self._last:
            return placed
        if self._last - placed < _JUMP_SECONDS:
            return self._last + _TICK_SECONDS
        self._shift = following - seconds
        return following
