"""The life of a long-running command: signals ask it to stop, it drains, its exit code says how it ended.

Exit codes: 0 done, 1 failed while running, 2 wrong usage or config, 3 input unreadable, 4 a dependency is not
reachable, 5 model not there, 130 and 143 interrupted (SIGINT, SIGTERM) after a clean drain.
"""

import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Self

INTERRUPTED = {signal.SIGINT: 130, signal.SIGTERM: 143}
_TAKEN_SECONDS = 0.5


class StopSignals:
    """While open, SIGINT and SIGTERM set ``stop`` instead of ending the process; a second one ends it at once.

    ``stop`` is set at once, even while the main thread sits in a library's call for long: Python's own handlers run
    only after it. Only the main thread can open it.
    """

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._received: int | None = None
        self._former: dict[signal.Signals, object] = {}
        self._taken = threading.Event()
        self._former_fd = -1
        self._ends = (-1, -1)
        self._thread = threading.Thread(target=self._hear, name="signals", daemon=True)

    @property
    def exit_code(self) -> int:
        """The code to end with: 0, or 130 / 143 when a signal asked for the end."""
        return 0 if self._received is None else INTERRUPTED[signal.Signals(self._received)]

    def __enter__(self) -> Self:
        self._ends = os.pipe()
        os.set_blocking(self._ends[1], False)
        self._thread.start()
        self._former_fd = signal.set_wakeup_fd(self._ends[1], warn_on_full_buffer=False)
        for number in INTERRUPTED:
            self._former[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()
        signal.set_wakeup_fd(self._former_fd)
        os.close(self._ends[1])  # the thread reads what is left, then ends
        self._thread.join()
        os.close(self._ends[0])

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        # Not stop.set(): it would wait for ever for a lock that this very thread may hold, since it was interrupted.
        self._received = self._received or number
        self._restore()

    def _hear(self) -> None:
        """Read the numbers of the signals, which come through the pipe at once."""
        while number := os.read(self._ends[0], 1):
            if number[0] not in INTERRUPTED:
                continue
            if not self.stop.is_set():
                self._received = self._received or number[0]
                self.stop.set()
            elif not self._taken.wait(_TAKEN_SECONDS):  # the main thread hears neither this one nor the first
                os._exit(INTERRUPTED[signal.Signals(number[0])])

    def _restore(self) -> None:
        for number, former in self._former.items():
            signal.signal(number, former)  # type: ignore[arg-type]  # what signal() itself returned
        self._former.clear()
        self._taken.set()
