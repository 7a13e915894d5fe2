"""How far a partition may be committed: behind the last offset before which everything is done."""

from collections import deque


class DoneOffsets:
    """Offsets are taken in rising order and done in any; what lies in a gap between them (a seek) is not waited for."""

    def __init__(self, start: int | None) -> None:
        self._open: deque[int] = deque()
        self._done: set[int] = set()
        self._committable = start

    def take(self, offset: int) -> None:
        """Note that work on a message begins."""
        self._open.append(offset)

    def done(self, offset: int) -> None:
        """Note that nothing more is to be done for a message that was taken."""
        self._done.add(offset)
        while self._open and self._open[0] in self._done:
            first = self._open.popleft()
            self._done.discard(first)
            self._committable = first + 1

    def skip_to(self, offset: int) -> None:
        """Note that what lies before ``offset`` and was not taken is passed over."""
        if not self._open:
            self._committable = offset

    @property
    def committable(self) -> int | None:
        """The next offset to read after a restart; None while nothing is known."""
        return self._committable
