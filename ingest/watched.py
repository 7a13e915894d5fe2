"""A camera's reader that is watched: ended when it hangs, breaks down or grows, and started again for ever."""

import contextlib
import random
import threading
from collections.abc import Callable

from ingest.backoff import Backoff
from ingest.capture.board import Phase
from ingest.capture.intake import Intake
from ingest.capture.order import CaptureOrder
from ingest.capture.patience import WAITED_FOR, healthy_seconds, phase_of, seconds_left
from ingest.capture.tally import Tally
from ingest.capture.worker import CaptureWorker
from ingest.gate.rest_permission import RestPermission
from ingest.status import STOPPED, CameraLedger, CameraState
from posestream.clock import Clock
from posestream.errors import AccessRefused, InputError
from posestream.logs import get_log

_MOST_HUNG_READERS = 3
_HUNG_CHECK_SECONDS = 1.0
_LOOK_SECONDS = 0.2
_LIMITS_CHECK_SECONDS = 1.0


class WatchedReader:
    """Has its order carried out again and again, whatever it ends with, and takes in what comes.

    A worker that is well is used again; else the next one is started at once, to be ready when the wait is over.
    """

    def __init__(
        self,
        order: CaptureOrder,
        intake: Intake,
        ledger: CameraLedger,
        start_worker: Callable[[], CaptureWorker],
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._order, self._intake, self._ledger = order, intake, ledger
        self._start_worker, self._clock = start_worker, clock
        self.tally = Tally()
        deadlines = order.deadlines
        self._backoff = Backoff(deadlines.backoff_first_s, deadlines.backoff_cap_s, rng)
        self._log = get_log("ingest").bind(camera=order.settings.camera_id, source=order.source.label)
        self._stopping = threading.Event()
        self._worker: CaptureWorker | None = None
        self._hung: list[CaptureWorker] = []
        self._limits_at = 0.0
        self._rest = RestPermission()
        self._supervisor: threading.Thread | None = None

    def start(self) -> None:
        """Begin to read; returns at once. A reader is started once."""
        camera_id = self._order.settings.camera_id
        if self._supervisor is not None:
            raise RuntimeError(f"camera {camera_id}: already started")
        self._supervisor = threading.Thread(target=self._supervise, name=f"camera-{camera_id}", daemon=True)
        self._supervisor.start()

    def stop(self, timeout: float) -> bool:
        """Stop reading; waits at most ``timeout`` seconds, True if nothing of it is left, be it a hanging thread."""
        self._stopping.set()
        supervisor = self._supervisor
        if supervisor is not None:
            supervisor.join(timeout)
        self._ledger.note_state(CameraState.DOWN, STOPPED)
        return supervisor is None or not (supervisor.is_alive() or self._too_many_hang(0))

    def note_persons(self, *, present: bool) -> None:
        """Say whether a person was followed in the newest picture; safe from any thread. See ``RestPermission``."""
        until, worker = self._rest.note(self._clock.monotonic(), present=present), self._worker
        if worker is not None:
            worker.memory.board["rest_until"] = until

    def _supervise(self) -> None:
        try:
            while not self._stopping.is_set():
                if self._too_many_hang(_MOST_HUNG_READERS - 1):
                    self._stopping.wait(_HUNG_CHECK_SECONDS)
                elif (worker := self._ready_worker()) is not None:
                    self._read_once(worker)
        finally:
            self._end_worker()

    def _read_once(self, worker: CaptureWorker) -> None:
        board = worker.memory.board
        board["phase"], board["start_realtime_us"], board["rest_until"] = Phase.OPENING, 0, self._rest.until
        self._ledger.note_connect()
        self._intake.connected()
        began_at = self._clock.monotonic()
        worker.begin(self._order)
        fault = self._watch(worker, began_at)
        healthy = healthy_seconds(board)
        if not worker.usable:
            self._end_worker()
        if not self._stopping.is_set():
            wait = self._wait_after(fault, healthy)
            self._ready_worker()
            self._stopping.wait(wait)

    def _watch(self, worker: CaptureWorker, began_at: float) -> InputError:
        """Take in what comes until the order has ended, the worker is to be ended or somebody stops us."""
        label, board = self._order.source.label, worker.memory.board
        while not self._stopping.is_set():
            has_ended = worker.ended
            try:
                self._take_in(worker)
            except ValueError:
                return InputError(f"{label}: its reader hands on what makes no sense")
            if has_ended:
                return _named(worker.fault or InputError("the source ended"), label)
            left = seconds_left(board, self._order.deadlines, began_at, self._clock.monotonic())
            if left <= 0:
                return InputError(f"{label}: {WAITED_FOR[phase_of(board)]}")
            if self._clock.monotonic() >= self._limits_at:
                self._limits_at = self._clock.monotonic() + _LIMITS_CHECK_SECONDS
                if (excess := worker.over_limit()) is not None:
                    return InputError(f"{label}: {excess}")
            worker.wait(min(left, _LOOK_SECONDS))
        return InputError(f"{label}: stopped")

    def _take_in(self, worker: CaptureWorker) -> None:
        board = worker.memory.board
        if phase_of(board) is Phase.FLOWING:
            self._ledger.note_rate(board["source_fps"] or None)
            self._ledger.note_state(CameraState.LIVE)
        while self._intake.pump():
            pass

    def _ready_worker(self) -> CaptureWorker | None:
        """Give the present worker, or a new one; None if none can be started now."""
        if self._worker is None:
            try:
                self._worker = self._start_worker()
            except OSError as error:  # no memory, no process, no descriptor left: for now
                self._note_down(InputError(f"{self._order.source.label}: no reader can be started ({error.strerror})"))
                self._stopping.wait(_HUNG_CHECK_SECONDS)
                return None
            self._intake.watch(self._worker.memory.ring)
            self.tally.watch(self._worker.memory.board)
        return self._worker

    def _end_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        if worker.end():
            with contextlib.suppress(ValueError):
                while self._intake.pump():  # what came last is not worse than the rest
                    pass
        else:
            self._hung.append(worker)
        # One that was killed after it had counted a frame and before it published it would leave one too many.
        worker.memory.board["sampled"] = worker.memory.ring.published
        self._intake.leave()
        self.tally.settle()

    def _wait_after(self, fault: InputError, healthy: float) -> float:
        if healthy >= self._order.deadlines.healthy_s:
            self._backoff.reset()
        refused = isinstance(fault, AccessRefused)
        wait = self._order.deadlines.refused_retry_s if refused else self._backoff.next_wait()
        self._note_down(fault, retry_s=round(wait, 1))
        return wait

    def _note_down(self, fault: InputError, **more: float) -> None:
        state = CameraState.REFUSED if isinstance(fault, AccessRefused) else CameraState.DOWN
        if self._ledger.note_state(state, str(fault)):
            self._log.warning("camera_" + state.value, reason=str(fault), **more)

    def _too_many_hang(self, most: int) -> bool:
        self._hung = [worker for worker in self._hung if not worker.end()]
        return len(self._hung) > most


def _named(fault: InputError, label: str) -> InputError:
    """Let a fault say whose it is; one of the worker itself does not know."""
    return fault if str(fault).startswith(label) else type(fault)(f"{label}: {fault}")
