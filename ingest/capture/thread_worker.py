"""A reader in a thread: for tiny machines. It cannot be killed: one that hangs is left to its own time limits."""

import threading

from ingest.capture.memory import CaptureMemory, MemorySize
from ingest.capture.order import CaptureOrder
from ingest.capture.reader import carry_out
from posestream.clock import Clock
from posestream.errors import InputError

_END_SECONDS = 0.5


class ThreadWorker:
    """Carries out orders in threads of this process, one at a time."""

    def __init__(self, name: str, size: MemorySize, clock: Clock) -> None:
        self.memory = CaptureMemory.private(size)
        self._name, self._clock = name, clock
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None
        self._fault: InputError | None = None
        self._done = threading.Event()

    @property
    def ended(self) -> bool:
        """Whether the order has ended."""
        return self._done.is_set()

    @property
    def fault(self) -> InputError | None:
        """Why it ended; None if it just ended, or has not."""
        return self._fault

    @property
    def usable(self) -> bool:
        """Whether it can carry out one more order."""
        return self._thread is None or self._done.is_set()

    def begin(self, order: CaptureOrder) -> None:
        """Begin to carry out an order."""
        self._fault = None
        self._done.clear()
        self.memory.board["wanted"] = 1
        self._thread = threading.Thread(target=self._run, args=(order,), name=f"reader-{self._name}", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait until something new lies in the memory or the order has ended, or so long."""
        self._woken.wait(max(0.0, seconds))
        self._woken.clear()

    def over_limit(self) -> str | None:
        """Give None: the memory of a thread is not its own."""
        return None

    def end(self) -> bool:
        """Ask it to end and wait for a moment; False if it hangs on: then nobody may read its memory any more."""
        self.memory.board["wanted"] = 0
        if self._thread is not None:
            self._thread.join(_END_SECONDS)
        return self._thread is None or not self._thread.is_alive()

    def _run(self, order: CaptureOrder) -> None:
        self._fault = carry_out(order, self.memory, self._clock, self._woken.set)
        self._done.set()
        self._woken.set()
