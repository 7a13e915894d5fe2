"""The life of a long-running command: signals ask it to stop, it drains, its exit code says how it ended.

Exit codes: 0 done, 1 failed while running, 2 wrong usage or config, 3 input unreadable, 4 a dependency is not
reachable, 5 model not there, 130 and 143 interrupted (SIGINT, SIGTERM) after a clean drain.
"""

import signal
import threading
from types import FrameType, TracebackType
from typing import Self

INTERRUPTED = {signal.SIGINT: 130, signal.SIGTERM: 143}


class StopSignals:
    """While open, SIGINT and SIGTERM set ``stop`` instead of ending the process; a second one ends it at once.

    Only the main thread can open it.
    """

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._received: int | None = None
        self._former: dict[signal.Signals, object] = {}

    @property
    def exit_code(self) -> int:
        """The code to end with: 0, or 130 / 143 when a signal asked for the end."""
        return 0 if self._received is None else INTERRUPTED[signal.Signals(self._received)]

    def __enter__(self) -> Self:
        for number in INTERRUPTED:
            self._former[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._received = number
        self.stop.set()
        self._restore()

    def _restore(self) -> None:
        for number, former in self._former.items():
            signal.signal(number, former)  # type: ignore[arg-type]  # what signal() itself returned
        self._former.clear()
