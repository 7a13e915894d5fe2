"""Getting ready may take minutes in a library's call: meanwhile a service shows that it lives and hears its end."""

import os
import sys
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from posestream.logs import get_log

LONGEST_LOADING_SECONDS = 900.0
"""After that a service that still loads counts as one that hangs."""
_TURN_SECONDS = 0.1
_Result = TypeVar("_Result")


class Loading(Generic[_Result]):
    """Runs ``load`` in a thread of its own."""

    def __init__(self, load: Callable[[], _Result]) -> None:
        self._load = load
        self._results: list[_Result] = []
        self._fault: Exception | None = None
        self._thread = threading.Thread(target=self._guarded, name="loading", daemon=True)

    def wait(
        self, stop: threading.Event, turn: Callable[[], None], longest_seconds: float = LONGEST_LOADING_SECONDS
    ) -> _Result | None:
        """Begin, and give what ``load`` gives, None if ``stop`` was set first; call ``turn`` all the while.

        Raises:
            Exception: what ``load`` raises.
        """
        self._thread.start()
        turns = round(longest_seconds / _TURN_SECONDS)
        while self._thread.is_alive() and not stop.is_set():
            if turns > 0:
                turn()
            turns -= 1
            self._thread.join(_TURN_SECONDS)
        if self._fault is not None:
            raise self._fault
        return self._results[0] if self._results and not stop.is_set() else None

    @property
    def is_unfinished(self) -> bool:
        """Whether ``load`` is still at it."""
        return self._thread.is_alive()

    def _guarded(self) -> None:
        try:
            self._results.append(self._load())
        except Exception as exc:  # noqa: BLE001  # raised again in the thread that waits
            self._fault = exc


def leave(service: str, code: int) -> None:
    """End the process at once: a library that is still at work would crash when the interpreter takes itself down."""
    get_log(service).info("left_while_loading", code=code)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
