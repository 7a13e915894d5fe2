"""A thread of a service whose fault ends the service instead of being silent."""

import threading
from collections.abc import Callable


class StageThread:
    """Runs a function; what it raises sets ``stop`` and is raised again by ``raise_fault``."""

    def __init__(self, name: str, run: Callable[[], None], stop: threading.Event) -> None:
        self._run, self._stop = run, stop
        self._fault: Exception | None = None
        self._thread = threading.Thread(target=self._guarded, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, seconds: float) -> bool:
        """Wait for its end; False if it has not ended after ``seconds``."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def raise_fault(self) -> None:
        """Raise what ended it, if that was a fault."""
        if self._fault is not None:
            raise self._fault

    def _guarded(self) -> None:
        try:
            self._run()
        except Exception as exc:  # noqa: BLE001  # raised again in the thread that waits
            self._fault = exc
            self._stop.set()
