"""Until when a camera may rest: as long as somebody says again and again that nobody is before it."""

_HOLD_SECONDS = 30.0
_HEARD_SECONDS = 30.0


class RestPermission:
    """Given for half a minute by each word that nobody is there, once half a minute has passed since somebody was.

    Who lies still must stay in view, and who is told nothing of persons must not rest at all. Times are monotonic.
    """

    def __init__(self) -> None:
        self._from = 0.0
        self.until = 0.0

    def note(self, now: float, *, present: bool) -> float:
        """Note a word about persons; gives the moment until which the camera may rest, 0: not now."""
        if present:
            self._from = now + _HOLD_SECONDS
        self.until = now + _HEARD_SECONDS if now >= self._from else 0.0
        return self.until
