"""How a reader is run, given up and run again, whatever it is; real ones do the same in test_live.py."""

import errno
import math
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import numpy as np
import pytest

from ingest.capture.attempt import Attempt
from ingest.capture.board import Phase
from ingest.capture.fates import PassReason
from ingest.capture.intake import FrameIntake
from ingest.capture.memory import CaptureMemory, MemorySize
from ingest.capture.order import CaptureOrder
from ingest.capture.outlet import Outlet, here_now
from ingest.capture.ring import Captured
from ingest.deadlines import LiveDeadlines
from ingest.newest import NewestFrame
from ingest.settings import ReadSettings
from ingest.source import Source, SourceKind
from ingest.status import CameraLedger, CameraState, CameraStatus
from ingest.watched import WatchedReader
from posestream.clock import SystemClock
from posestream.errors import AccessRefused, InputError

HASTY = LiveDeadlines(
    open_s=0.1, first_frame_s=0.1, next_frame_s=0.1, backoff_first_s=0.001, backoff_cap_s=0.01, refused_retry_s=0.01
)
Wait = Callable[..., None]
Script = Callable[["Worker"], None]


class Worker:
    """Does what a script says when it is begun, and never anything else."""

    def __init__(self, script: Script) -> None:
        self.memory = CaptureMemory.private(MemorySize(4, 1000))
        self._script = script
        self.outlet = Outlet(
            self.memory.board, self.memory.ring, Attempt(self.memory.board, SystemClock()), lambda: None
        )
        self.ended, self.usable, self.can_end = False, True, True
        self.fault: InputError | None = None
        self.excess: str | None = None
        self.begun = self.ends = 0

    def begin(self, order: CaptureOrder) -> None:
        assert order.source.label == "x"
        self.begun += 1
        self.ended, self.fault = False, None
        self._script(self)

    def wait(self, seconds: float) -> None:
        assert 0 < seconds <= 0.2

    def over_limit(self) -> str | None:
        return self.excess

    def end(self) -> bool:
        self.ends += 1
        return self.can_end

    def finish(self, fault: InputError | None) -> None:
        self.ended, self.fault = True, fault

    def frame(self, index: int = 0, **changed: object) -> None:
        """Hand on a picture of 2x2 pixels."""
        now, board = here_now(), self.memory.board
        head = {"round": 1, "arrived_ns": now.wall_ns, "arrived_at": now.monotonic, "pts_seconds": 0.0} | changed
        whole = {"stream_seconds": 0.0, "start_realtime_us": 0, "width": 4, "height": 4, "image_width": 2} | head
        board.count("packets")
        self.outlet.good_frame()
        captured = Captured(index=index, image_height=2, layout="rgb24", keyframe=True, **whole)  # type: ignore[arg-type]
        self.outlet.hand_on(captured, np.zeros(12, np.uint8))


class Watched:
    """A reader with what stands around it; its workers do what ``script`` says."""

    def __init__(self, script: Script, deadlines: LiveDeadlines = HASTY) -> None:
        clock = SystemClock()
        self.workers: list[Worker] = []
        self._script = script
        self.slot = NewestFrame()
        self.ledger = CameraLedger(clock)
        self.intake = FrameIntake("cam", self.ledger, self.slot)
        order = CaptureOrder(Source(SourceKind.RTSP, "x", "x"), ReadSettings("cam"), deadlines)
        rng = random.Random(1)  # noqa: S311  # jitter, no secret
        self.reader = WatchedReader(order, self.intake, self.ledger, self.start_worker, clock, rng)

    def start_worker(self) -> Worker:
        self.workers.append(Worker(self._script))
        return self.workers[-1]

    @property
    def status(self) -> CameraStatus:
        dropped = self.slot.dropped + self.intake.lost
        return self.ledger.status(self.reader.tally.read(), delivered=self.slot.delivered, dropped=dropped)


@pytest.fixture
def watched() -> Iterator[Callable[..., Watched]]:
    """``watched(script)``: a started reader, stopped after the test."""
    with ExitStack() as stack:

        def start(script: Script, deadlines: LiveDeadlines = HASTY) -> Watched:
            made = Watched(script, deadlines)
            stack.callback(made.reader.stop, 10.0)
            made.reader.start()
            return made

        yield start


@pytest.mark.parametrize(
    ("fault", "state", "reason"),
    [
        (InputError("x: away"), CameraState.DOWN, "x: away"),
        (AccessRefused("x: no"), CameraState.REFUSED, "x: no"),
        (InputError("its reader broke down (SIGSEGV)"), CameraState.DOWN, "x: its reader broke down (SIGSEGV)"),
        (None, CameraState.DOWN, "x: the source ended"),
    ],
)
def test_whatever_reading_ends_with_it_is_begun_again_by_the_same_worker(
    watched: Callable[..., Watched], wait_for: Wait, fault: InputError | None, state: CameraState, reason: str
) -> None:
    made = watched(lambda worker: worker.finish(fault))
    wait_for(lambda: made.status.reconnects >= 3)
    wait_for(lambda: made.status.state is state)
    assert made.status.reason == reason
    assert [worker.ends for worker in made.workers] == [0]
    assert made.reader.stop(10.0)
    assert [worker.ends for worker in made.workers] == [1]


@pytest.mark.parametrize(
    ("phase", "reason"),
    [
        (Phase.OPENING, "x: no answer in time"),
        (Phase.FIRST_FRAME, "x: connected, but no picture came"),
        (Phase.FLOWING, "x: the pictures stopped coming"),
    ],
)
def test_a_worker_that_hangs_is_ended_and_another_one_is_started(
    watched: Callable[..., Watched], wait_for: Wait, phase: Phase, reason: str
) -> None:
    def hang(worker: Worker) -> None:
        worker.usable = False
        worker.memory.board["phase"] = phase
        worker.memory.board["beat"] = SystemClock().monotonic()

    made = watched(hang)
    wait_for(lambda: made.status.reconnects >= 3)
    wait_for(lambda: made.status.state is CameraState.DOWN)
    assert made.status.reason == reason
    assert all((worker.begun, worker.ends) == (1, 1) for worker in made.workers[:3])


def test_no_more_than_three_workers_hang_that_cannot_be_ended(watched: Callable[..., Watched], wait_for: Wait) -> None:
    def hang(worker: Worker) -> None:
        worker.usable = worker.can_end = False
        worker.memory.board["beat"] = SystemClock().monotonic()

    made = watched(hang)
    wait_for(lambda: len(made.workers) == 4 and made.workers[2].ends > 1)
    assert not made.reader.stop(0.01)  # they still hang
    assert [worker.begun for worker in made.workers] == [1, 1, 1, 0]  # the last one is ready and has to wait
    for worker in made.workers:
        worker.can_end = True
    assert made.reader.stop(10.0)
    assert made.status.reason == "stopped"


def test_a_worker_that_grows_is_ended_with_the_reason(watched: Callable[..., Watched], wait_for: Wait) -> None:
    def grow(worker: Worker) -> None:
        worker.usable, worker.excess = False, "its reader used 9 MB of memory, 8 are allowed"
        worker.memory.board["beat"] = SystemClock().monotonic()

    made = watched(grow, LiveDeadlines(backoff_first_s=0.001, backoff_cap_s=0.01))
    wait_for(lambda: made.status.reason == "x: its reader used 9 MB of memory, 8 are allowed")
    wait_for(lambda: len(made.workers) >= 2)


def test_frames_are_taken_also_of_a_worker_that_has_ended(watched: Callable[..., Watched], wait_for: Wait) -> None:
    def give(worker: Worker) -> None:
        if worker.begun == 1:
            worker.frame(7)
            worker.finish(InputError("x: gone"))
            worker.usable = False

    made = watched(give, LiveDeadlines(backoff_first_s=0.001, backoff_cap_s=0.01))
    wait_for(lambda: made.slot.waiting)
    frame = made.slot.take()
    assert frame is not None
    assert frame.stamp.frame_index == 7
    wait_for(lambda: len(made.workers) >= 2)


def test_what_lies_in_the_ring_when_it_is_stopped_is_taken(watched: Callable[..., Watched], wait_for: Wait) -> None:
    made = watched(lambda worker: worker.outlet.attempt.alive(), LiveDeadlines(open_s=60.0))
    wait_for(lambda: made.workers and made.workers[0].begun)
    worker = made.workers[0]
    end = worker.end
    worker.end = lambda: worker.frame(9) or end()  # type: ignore[method-assign]  # the last one, while it is ended
    assert made.reader.stop(10.0)
    frame = made.slot.take()
    assert frame is not None
    assert frame.stamp.frame_index == 9
    assert made.status.frames_sampled == made.status.frames_delivered == 1


def test_the_account_is_exact_when_a_worker_is_killed_in_the_midst(
    watched: Callable[..., Watched], wait_for: Wait
) -> None:
    def give(worker: Worker) -> None:
        for index in range(5):
            worker.frame(index)
        board = worker.memory.board
        board.count("packets", 4)
        board.count("sampled")  # killed after it had counted the sixth one, before that was published
        board.count_passed(PassReason.GATED)
        worker.finish(InputError("x: its reader broke down (SIGKILL)"))
        worker.usable = False

    made = watched(give)
    wait_for(lambda: made.status.reconnects >= 3)
    assert made.reader.stop(10.0)
    made.slot.take()
    status, rounds = made.status, len(made.workers)
    given = made.reader.tally.read().packets // 9
    assert rounds - 1 <= given <= rounds
    assert status.frames_sampled == 5 * given == status.frames_delivered + status.frames_dropped
    assert status.packets == status.frames_sampled + status.frames_corrupt + sum(status.passed.values())
    assert (status.passed[PassReason.GATED], status.passed[PassReason.ABANDONED]) == (given, 3 * given)


def test_rubbish_of_a_broken_worker_ends_it_and_nothing_else(watched: Callable[..., Watched], wait_for: Wait) -> None:
    def rubbish(worker: Worker) -> None:
        board = worker.memory.board
        board["phase"], board["beat"], board["source_fps"] = 77, math.nan, math.nan
        board["packets"], board["decoded"], board["last_frame_at"] = -5, 2**62, math.inf
        worker.frame(arrived_at=math.nan)
        worker.usable = False

    made = watched(rubbish)
    wait_for(lambda: len(made.workers) >= 3)
    assert "its reader hands on what makes no sense" in (made.status.reason or "")
    assert made.reader.stop(10.0)
    status = made.status
    assert status.frames_sampled == status.frames_dropped >= 3


def test_a_worker_that_cannot_be_started_is_tried_again(wait_for: Wait, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Watched(lambda worker: worker.finish(None))
    failures = iter([OSError(errno.EMFILE, "Too many open files"), None])

    def start() -> Worker:
        if (failure := next(failures, None)) is not None:
            raise failure
        return made.start_worker()

    monkeypatch.setattr("ingest.watched._HUNG_CHECK_SECONDS", 0.01)
    monkeypatch.setattr(made.reader, "_start_worker", start)
    seen: list[str | None] = []
    monkeypatch.setattr(made.ledger, "note_state", lambda _state, reason=None: seen.append(reason) or True)
    made.reader.start()
    wait_for(lambda: made.workers and made.workers[0].begun >= 2)
    assert made.reader.stop(10.0)
    assert seen[0] == "x: no reader can be started (Too many open files)"


def test_a_reader_is_started_once_and_stopped_without_start() -> None:
    assert Watched(lambda worker: worker.finish(None)).reader.stop(1.0)
    fresh = Watched(lambda worker: worker.finish(None))
    fresh.reader.start()
    with pytest.raises(RuntimeError, match="camera cam: already started"):
        fresh.reader.start()
    assert fresh.reader.stop(10.0)
