"""A live camera: read for ever by a thread that is watched, given up when it hangs, and started again."""

import random
import threading
from collections.abc import Callable

from ingest.attempt import Attempt
from ingest.backoff import Backoff
from ingest.deadlines import LiveDeadlines
from ingest.feed import CameraFeed
from ingest.live_readers import LiveReading, read_live
from ingest.newest import NewestFrame
from ingest.settings import ReadSettings
from ingest.source import Source
from ingest.status import CameraLedger, CameraState, CameraStatus
from posestream.clock import Clock
from posestream.errors import AccessRefused, InputError
from posestream.logs import get_log
from posestream.schemas import Frame

_MAX_HUNG_READERS = 3
_HUNG_CHECK_SECONDS = 1.0


class LiveCamera:
    """Frames of one source as they happen; the newest wins, nothing ever blocks the taker.

    Cameras are reconnected for ever; clips and folders play in real time and loop. Each connect or round is a
    new epoch. Guarantee: at most once; frames_sampled = delivered + dropped + (1 if one waits).
    ``on_frame`` is called from the reader's thread after each frame that is ready to be taken: it must be quick.
    """

    def __init__(
        self,
        source: Source,
        settings: ReadSettings,
        clock: Clock,
        rng: random.Random,
        on_frame: Callable[[], None],
        deadlines: LiveDeadlines = LiveDeadlines(),  # noqa: B008  # frozen
    ) -> None:
        self._source = source
        self._settings = settings
        self._clock = clock
        self._deadlines = deadlines
        self._backoff = Backoff(deadlines.backoff_first_s, deadlines.backoff_cap_s, rng)
        self._ledger = CameraLedger(clock)
        self._slot = NewestFrame(on_frame)
        self._log = get_log("ingest").bind(camera=settings.camera_id, source=source.label)
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._readers: list[threading.Thread] = []
        self._supervisor: threading.Thread | None = None

    def start(self) -> None:
        """Begin to read; returns at once. A camera is started once."""
        if self._supervisor is not None:
            raise RuntimeError("LiveCamera.start: already started")
        self._supervisor = threading.Thread(
            target=self._supervise, name=f"camera-{self._settings.camera_id}", daemon=True
        )
        self._supervisor.start()

    def stop(self, timeout: float = 2.0) -> bool:
        """Stop reading; waits at most ``timeout`` seconds, True if all of its threads have ended.

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

    def take(self) -> Frame | None:
        """Take the newest frame, None if there is none that was not taken yet; never blocks."""
        return self._slot.take()

    def status(self) -> CameraStatus:
        """Give one look at the camera; safe from any thread."""
        return self._ledger.status(delivered=self._slot.delivered, dropped=self._slot.dropped)

    def _supervise(self) -> None:
        while not self._stopping.is_set():
            if self._too_many_hang():
                self._stopping.wait(_HUNG_CHECK_SECONDS)
                continue
            attempt = Attempt(self._clock, self._deadlines, self._wake.set)
            self._start_reader(attempt)
            fault = self._watch(attempt)
            attempt.abandon()
            if not self._stopping.is_set():
                self._stopping.wait(self._wait_after(fault, attempt))

    def _start_reader(self, attempt: Attempt) -> None:
        self._ledger.note_connect()
        reader = threading.Thread(
            target=self._read, args=(attempt,), name=f"reader-{self._settings.camera_id}", daemon=True
        )
        reader.start()
        self._readers.append(reader)  # started first: stop() joins all that are here

    def _read(self, attempt: Attempt) -> None:
        feed = CameraFeed(self._settings, self._ledger, self._slot, attempt)
        reading = LiveReading(self._source, self._settings, self._deadlines, self._clock, attempt, feed)
        fault = None
        try:
            read_live(reading)
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
