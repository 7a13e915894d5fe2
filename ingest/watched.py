"""A reader that is watched: run by a thread, given up when it hangs, started again for ever."""

import random
import threading
from collections.abc import Callable

from ingest.attempt import Attempt
from ingest.backoff import Backoff
from ingest.deadlines import LiveDeadlines
from ingest.source import Source
from ingest.status import CameraLedger, CameraState
from posestream.clock import Clock
from posestream.errors import AccessRefused, InputError
from posestream.logs import get_log

_MAX_HUNG_READERS = 3
_HUNG_CHECK_SECONDS = 1.0


class WatchedReader:
    """Runs ``read`` in a thread of its own and again after it has ended, whatever it ends with.

    ``read`` beats its Attempt and ends by returning or raising InputError. States and connects go to the ledger.
    """

    def __init__(
        self, source: Source, camera_id: str, ledger: CameraLedger, clock: Clock, rng: random.Random,
        deadlines: LiveDeadlines,
    ) -> None:  # fmt: skip
        self._source, self._camera_id = source, camera_id
        self._ledger, self._clock, self._deadlines = ledger, clock, deadlines
        self._backoff = Backoff(deadlines.backoff_first_s, deadlines.backoff_cap_s, rng)
        self._log = get_log("ingest").bind(camera=camera_id, source=source.label)
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._readers: list[threading.Thread] = []
        self._supervisor: threading.Thread | None = None

    def start(self, read: Callable[[Attempt], None]) -> None:
        """Begin to read; returns at once. A reader is started once."""
        if self._supervisor is not None:
            raise RuntimeError(f"camera {self._camera_id}: already started")
        self._supervisor = threading.Thread(
            target=self._supervise, args=(read,), name=f"camera-{self._camera_id}", daemon=True
        )
        self._supervisor.start()

    def stop(self, timeout: float) -> bool:
        """Stop reading; waits at most ``timeout`` seconds, True if all threads have ended.

        A thread that hangs in the network is left to its own time limit; nothing of it is delivered.
        """
        self._stopping.set()
        self._wake.set()
        ends_at = self._clock.monotonic() + timeout
        if self._supervisor is not None:
            self._supervisor.join(timeout)
        for reader in tuple(self._readers):
            reader.join(max(0.0, ends_at - self._clock.monotonic()))
        self._ledger.note_state(CameraState.DOWN, "stopped")
        return not any(thread.is_alive() for thread in (self._supervisor, *self._readers) if thread is not None)

    def _supervise(self, read: Callable[[Attempt], None]) -> None:
        while not self._stopping.is_set():
            if self._too_many_hang():
                self._stopping.wait(_HUNG_CHECK_SECONDS)
                continue
            attempt = Attempt(self._clock, self._deadlines, self._wake.set)
            self._start_reader(read, attempt)
            fault = self._watch(attempt)
            attempt.abandon()
            if not self._stopping.is_set():
                self._stopping.wait(self._wait_after(fault, attempt))

    def _start_reader(self, read: Callable[[Attempt], None], attempt: Attempt) -> None:
        self._ledger.note_connect()
        reader = threading.Thread(
            target=self._read, args=(read, attempt), name=f"reader-{self._camera_id}", daemon=True
        )
        reader.start()
        self._readers.append(reader)  # started first: stop() joins all that are here

    def _read(self, read: Callable[[Attempt], None], attempt: Attempt) -> None:
        fault = None
        try:
            read(attempt)
        except InputError as error:
            fault = error
        except Exception as error:  # noqa: BLE001  # whatever a camera's bytes provoke, it must be tried again
            fault = InputError(f"{self._source.label}: reading failed unexpectedly ({type(error).__name__})")
        attempt.finish(fault)

    def _watch(self, attempt: Attempt) -> InputError:
        while not attempt.finished and not self._stopping.is_set():
            left = attempt.seconds_left()
            if left <= 0:
                return InputError(f"{self._source.label}: {attempt.phase.value}")
            self._wake.wait(left)
            self._wake.clear()
        return attempt.fault or InputError(f"{self._source.label}: the source ended")

    def _wait_after(self, fault: InputError, attempt: Attempt) -> float:
        if attempt.healthy_seconds() >= self._deadlines.healthy_s:
            self._backoff.reset()
        refused = isinstance(fault, AccessRefused)
        wait = self._deadlines.refused_retry_s if refused else self._backoff.next_wait()
        state = CameraState.REFUSED if refused else CameraState.DOWN
        if self._ledger.note_state(state, str(fault)):
            self._log.warning("camera_" + state.value, reason=str(fault), retry_s=round(wait, 1))
        return wait

    def _too_many_hang(self) -> bool:
        self._readers = [reader for reader in self._readers if reader.is_alive()]
        return len(self._readers) >= _MAX_HUNG_READERS
