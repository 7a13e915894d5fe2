"""A reader in a thread: it reads, and if it hangs it is left alone and nothing of it is delivered."""

import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.capture.memory import CaptureMemory, MemorySize
from ingest.capture.order import CaptureOrder
from ingest.capture.ring import Captured, Taken
from ingest.capture.thread_worker import ThreadWorker
from ingest.deadlines import LiveDeadlines
from ingest.live import LiveCamera
from ingest.settings import ReadSettings
from ingest.source import parse_source
from posestream.clock import SystemClock

SIZE = MemorySize(8, 80 * 80 * 3)
HASTY = LiveDeadlines(open_s=0.1, first_frame_s=0.1, next_frame_s=0.1, backoff_first_s=0.001, backoff_cap_s=0.01)
Order = Callable[..., CaptureOrder]
Wait = Callable[..., None]
PATCHED = "ingest.capture.thread_worker.carry_out"


def test_a_thread_reads_a_clip_and_one_order_after_the_other(
    tmp_path: Path, make_clip: Callable[..., Path], order: Order, drained: Callable[..., list[Taken]], wait_for: Wait
) -> None:
    made = ThreadWorker("cam", SIZE, SystemClock())
    assert made.usable
    made.begin(order(make_clip(frames=12)))
    assert [taken.captured.index for taken in drained(made, 14)][:14] == [*range(12), 0, 1]
    assert not made.usable
    made.memory.board["wanted"] = 0
    wait_for(lambda: made.ended)
    assert (made.fault, made.usable) == (None, True)
    (tmp_path / "text.mp4").write_text("hello")
    made.begin(order(tmp_path / "text.mp4"))
    wait_for(lambda: made.ended)
    assert "not a video" in str(made.fault)
    assert made.end()


def test_waiting_ends_with_what_is_new_and_there_is_no_limit_of_memory(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PATCHED, lambda _order, _memory, _clock, wake: wake())
    made = ThreadWorker("cam", SIZE, SystemClock())
    made.begin(order("test:bars"))
    made.wait(60.0)  # the test's own time limit is shorter
    assert made.over_limit() is None
    assert made.end()


def test_a_thread_that_hangs_is_not_waited_for_and_ends_when_it_ends(
    order: Order, monkeypatch: pytest.MonkeyPatch, wait_for: Wait
) -> None:
    let_go = threading.Event()
    monkeypatch.setattr(PATCHED, lambda *_: let_go.wait(60.0) and None)
    monkeypatch.setattr("ingest.capture.thread_worker._END_SECONDS", 0.01)
    made = ThreadWorker("cam", SIZE, SystemClock())
    made.begin(order("test:bars"))
    assert not made.end()
    assert made.memory.board["wanted"] == 0
    assert (made.ended, made.usable) == (False, False)
    let_go.set()
    wait_for(made.end)
    assert made.ended


def test_at_most_three_threads_hang_and_nothing_that_they_hand_on_later_is_delivered(
    captured: Callable[..., Captured], monkeypatch: pytest.MonkeyPatch, wait_for: Wait
) -> None:
    let_go, hung, done = threading.Event(), list[CaptureMemory](), list[bool]()

    def hang(_order: object, memory: Any, _clock: object, wake: Callable[[], None]) -> None:  # noqa: ANN401
        hung.append(memory)
        memory.board["beat"] = SystemClock().monotonic()
        let_go.wait(60.0)
        memory.board["packets"] = 50
        done.append(memory.ring.write(captured(), np.zeros(96, np.uint8)))
        wake()

    monkeypatch.setattr(PATCHED, hang)
    monkeypatch.setattr("ingest.capture.thread_worker._END_SECONDS", 0.01)
    rng = random.Random(1)  # noqa: S311  # jitter, no secret
    settings = ReadSettings("cam", width=80, isolation="thread")
    live = LiveCamera(parse_source("test:bars"), settings, SystemClock(), rng, lambda: None, HASTY)
    live.start()
    wait_for(lambda: len(hung) == 3 and not hung[2].board["wanted"])
    assert not live.stop(0.5)
    assert len(hung) == 3
    let_go.set()
    wait_for(lambda: len(done) == 3)
    wait_for(lambda: live.stop(1.0))
    assert all(done)
    assert live.take() is None
    status = live.status()
    assert (status.packets, status.frames_sampled, status.frames_delivered) == (0, 0, 0)


def test_nothing_is_left_of_thirty_threads(order: Order, own_things: Callable[[], tuple[int, int]]) -> None:
    before = own_things()
    for _ in range(30):
        made = ThreadWorker("cam", SIZE, SystemClock())
        made.begin(order("test:bars?fps=100"))
        assert made.end()
        del made
    assert own_things() == before
