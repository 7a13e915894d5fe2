"""What stands around a reader, without one: board, ring and attempt in memory of this process alone."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.capture.attempt import Attempt
from ingest.capture.board import Board
from ingest.capture.memory import CaptureMemory, MemorySize
from ingest.capture.order import CaptureOrder
from ingest.capture.outlet import Outlet
from ingest.capture.ring import Captured, Taken
from ingest.capture.starting import starter_of
from ingest.capture.worker import CaptureWorker
from ingest.deadlines import LiveDeadlines
from ingest.settings import ReadSettings
from ingest.source import parse_source
from posestream.clock import SettableClock, SystemClock

PLAIN = Captured(
    round=1,
    index=0,
    arrived_ns=1_750_000_000_123_456_789,
    arrived_at=12.5,
    pts_seconds=0.25,
    stream_seconds=7.5,
    start_realtime_us=0,
    width=160,
    height=120,
    image_width=8,
    image_height=4,
    layout="rgb24",
    keyframe=True,
)


class Bench:
    """One reader's memory with a taker of all that comes: ``taken`` grows with ``take``."""

    def __init__(self, slots: int = 64, slot_bytes: int = 65_536) -> None:
        self.clock = SettableClock()
        self.memory = CaptureMemory.private(MemorySize(slots, slot_bytes))
        self.board["wanted"] = 1
        self.wakes = 0
        self.attempt = Attempt(self.board, self.clock)
        self.outlet = Outlet(self.board, self.memory.ring, self.attempt, self._wake)
        self.taken: list[Taken] = []
        self._after = 0

    @property
    def board(self) -> Board:
        return self.memory.board

    def take(self) -> list[Taken]:
        """Take what is new."""
        fresh: list[Taken] = []
        while (taken := self.memory.ring.next(self._after)) is not None:
            self._after = taken.number
            fresh.append(taken)
        self.taken += fresh
        return fresh

    def counts(self, *names: str) -> tuple[int, ...]:
        """Counters of the board, or the fates of that name."""
        passed = {reason.value: count for reason, count in self.board.passed.items()}
        return tuple(passed[name] if name in passed else int(self.board[name]) for name in names)

    def _wake(self) -> None:
        self.wakes += 1


@pytest.fixture
def bench() -> Callable[..., Bench]:
    """``bench(slots=…, slot_bytes=…)``: a fresh Bench."""
    return Bench


@pytest.fixture
def captured() -> Callable[..., Captured]:
    """``captured(index=…, …)``: a plain head with these fields changed."""

    def make(**changed: object) -> Captured:
        return replace(PLAIN, **changed)  # type: ignore[arg-type]

    return make


@pytest.fixture
def own_things() -> Callable[[], tuple[int, int]]:
    """``own_things()``: how many descriptors and threads this process has now."""

    def count() -> tuple[int, int]:
        return sum(1 for _ in Path("/proc/self/fd").iterdir()), threading.active_count()

    return count


@pytest.fixture
def gone() -> Callable[[int], bool]:
    """``gone(pid)``: whether there is no such process any more, not even a dead one that nobody waited for."""

    def look(pid: int) -> bool:
        return not Path(f"/proc/{pid}").exists()

    return look


@pytest.fixture
def order() -> Callable[..., CaptureOrder]:
    """``order(source, packets=…, fps=…)``: an order to read this, 80 px wide."""

    def make(source: object, *, packets: bool = False, **settings: object) -> CaptureOrder:
        wanted = ReadSettings("cam", **({"width": 80} | settings))  # type: ignore[arg-type]
        return CaptureOrder(parse_source(str(source)), wanted, LiveDeadlines(), packets=packets)

    return make


@pytest.fixture
def drained() -> Callable[..., list[Taken]]:
    """``drained(worker, enough)``: all that a worker hands on until there is enough or its order has ended."""

    def drain(worker: CaptureWorker, enough: int) -> list[Taken]:
        taken: list[Taken] = []
        ends_at = time.monotonic() + 30.0
        while len(taken) < enough:
            assert time.monotonic() < ends_at, "too little came in time"
            has_ended = worker.ended
            while (found := worker.memory.ring.next(taken[-1].number if taken else 0)) is not None:
                taken.append(found)
            if has_ended:
                break
            worker.wait(0.2)
        return taken

    return drain


@pytest.fixture(params=["process", "thread"])
def read_out(request: pytest.FixtureRequest) -> Iterator[Callable[[CaptureOrder, int], CaptureWorker]]:
    """``read_out(order, packets)``: a worker, of each kind, whose order was ended after so many packets or by itself.

    Its account is closed then: every packet has one fate.
    """
    with ExitStack() as stack:

        def read(order: CaptureOrder, packets: int) -> CaptureWorker:
            wanted = replace(order, settings=replace(order.settings, isolation=request.param))
            worker = starter_of(wanted, SystemClock())()
            stack.callback(worker.end)
            worker.begin(wanted)
            board, ends_at = worker.memory.board, time.monotonic() + 30.0
            while not worker.ended:
                assert time.monotonic() < ends_at, "the order did not end in time"
                if board["packets"] >= packets:
                    board["wanted"] = 0
                worker.wait(0.05)
            assert board["packets"] == board.accounted
            assert board["sampled"] == worker.memory.ring.published
            return worker

        yield read
