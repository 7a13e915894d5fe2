"""A partition while it is ours: what was read of it, what is done, and whether answers may still be sent."""

import threading
from collections.abc import Callable

from inference.worker.offsets import DoneOffsets

SEND_SECONDS = 1.0


class Claim:
    """One assignment of one partition; a partition that comes back is a new claim. Safe for threads.

    Guarantee: after ``give_up`` nothing is sent or committed for it, however late an answer comes.
    """

    def __init__(self, partition: int, start: int | None) -> None:
        self.partition = partition
        self._expected = start
        self._offsets = DoneOffsets(start)
        self._stored: int | None = None
        self._unfinished = self._sending = 0
        self._ours, self._closing = True, False
        self._changed = threading.Condition()

    def take(self, offset: int) -> int | None:
        """Begin with a message; gives how many before it were never read, None if it was passed already."""
        with self._changed:
            if self._closing or (self._expected is not None and offset < self._expected):
                return None
            skipped = 0 if self._expected is None else offset - self._expected
            self._expected = offset + 1
            self._offsets.take(offset)
            self._unfinished += 1
            return skipped

    def jump(self, offset: int) -> int:
        """Pass over all messages before ``offset``; gives how many were never read."""
        with self._changed:
            if self._expected is None or offset <= self._expected:
                return 0
            skipped, self._expected = offset - self._expected, offset
            self._offsets.skip_to(offset)
            return skipped

    def done(self, offset: int) -> None:
        """Note that a message is answered (and the broker has the answer), dropped or a dead letter."""
        with self._changed:
            self._offsets.done(offset)
            self._finish_one()

    def leave(self) -> None:
        """Note that one message is left to whoever reads the partition next: never committed by us."""
        with self._changed:
            self._finish_one()

    def to_store(self) -> int | None:
        """Give the offset up to which all is done, None if it is the same as at the last call or no longer ours."""
        with self._changed:
            committable = self._offsets.committable
            if not self._ours or committable == self._stored:
                return None
            self._stored = committable
            return committable

    def not_stored(self) -> None:
        """Note that the client did not take what to_store gave: it gives it again."""
        with self._changed:
            self._stored = None

    @property
    def committable(self) -> int | None:
        """The offset up to which all is done, None if that is unknown or the partition no longer ours."""
        with self._changed:
            return self._offsets.committable if self._ours else None

    @property
    def is_open(self) -> bool:
        """Whether new work may begin for it."""
        return not self._closing

    def close(self) -> None:
        """Begin no new work; what is under way may be finished."""
        with self._changed:
            self._closing = True

    def wait_finished(self, seconds: float) -> bool:
        """Wait until all that was begun is done or left; False if it is not after ``seconds``."""
        with self._changed:
            return self._changed.wait_for(lambda: self._unfinished == 0, seconds)

    def give_up(self) -> None:
        """It is no longer ours; what is just being sent is waited for."""
        with self._changed:
            self._closing, self._ours = True, False
            self._changed.wait_for(lambda: self._sending == 0, SEND_SECONDS)

    def if_ours(self, send: Callable[[], None]) -> bool:
        """Do something that only the owner may do, if it is ours.

        Not under the lock: a full producer waits for deliveries, and these tell the claim that something is done.
        """
        with self._changed:
            if not self._ours:
                return False
            self._sending += 1
        try:
            send()
        finally:
            with self._changed:
                self._sending -= 1
                self._changed.notify_all()
        return True

    def _finish_one(self) -> None:
        self._unfinished -= 1
        if self._unfinished == 0:
            self._changed.notify_all()
