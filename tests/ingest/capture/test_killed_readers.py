"""Cameras whose child is killed, crashes, stands still or grows: they come back, and their account is exact."""

import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ingest.capture.fates import PassReason
from ingest.capture.process_worker import ProcessWorker
from ingest.deadlines import LiveDeadlines
from ingest.live import LiveCamera
from ingest.settings import ReadSettings
from ingest.source import parse_source
from ingest.status import CameraState
from posestream.clock import SystemClock
from posestream.schemas import Frame

DEADLINES = LiveDeadlines(next_frame_s=1.0, backoff_first_s=0.02, backoff_cap_s=0.1)
Wait = Callable[..., None]


@pytest.fixture
def camera() -> Iterator[Callable[..., LiveCamera]]:
    """Factory of started cameras with a child each, stopped after the test."""
    with ExitStack() as stack:

        def start(source: object, **settings: object) -> LiveCamera:
            rng = random.Random(1)  # noqa: S311  # jitter, no secret
            wanted = ReadSettings("cam", isolation="process", **({"width": 80} | settings))  # type: ignore[arg-type]
            live = LiveCamera(parse_source(str(source)), wanted, SystemClock(), rng, lambda: None, DEADLINES)
            stack.callback(live.stop, 10.0)
            live.start()
            return live

        yield start


def child_of(live: LiveCamera) -> int:
    worker = live._reader._worker
    assert isinstance(worker, ProcessWorker)
    return worker.pid


def next_frame(live: LiveCamera, wait_for: Wait, *, after: int = 0) -> Frame:
    """Wait for a frame of a later epoch than this."""
    frames: list[Frame] = []

    def look() -> bool:
        if (frame := live.take()) is not None and frame.stamp.epoch > after:
            frames.append(frame)
        return bool(frames)

    wait_for(look)
    return frames[0]


def assert_exact(live: LiveCamera) -> None:
    """Every packet and every frame of a camera that has stopped has one fate."""
    live.take()
    status = live.status()
    assert status.packets == status.frames_sampled + status.frames_corrupt + sum(status.passed.values())
    assert status.frames_sampled == status.frames_delivered + status.frames_dropped


@pytest.mark.parametrize(
    ("sign", "reason"),
    [
        (signal.SIGKILL, "test:bars: its reader broke down (SIGKILL)"),
        (signal.SIGSEGV, "test:bars: its reader broke down (SIGSEGV)"),
        (signal.SIGSTOP, "test:bars: the pictures stopped coming"),
    ],
)
def test_a_camera_comes_back_with_a_higher_epoch_and_an_exact_account(
    camera: Callable[..., LiveCamera], wait_for: Wait, gone: Callable[[int], bool], sign: signal.Signals, reason: str
) -> None:
    live = camera("test:bars?fps=200")
    with capture_logs() as logs:
        first = next_frame(live, wait_for)
        for _ in range(2):
            wait_for(lambda: live.status().frames_sampled > 20)
            child = child_of(live)
            os.kill(child, sign)
            again = next_frame(live, wait_for, after=first.stamp.epoch)
            assert again.stamp.captured_at_ns > first.stamp.captured_at_ns
            assert gone(child)
            wait_for(lambda: live.status().state is CameraState.LIVE)
            first = again
    assert [log["reason"] for log in logs if log["event"] == "camera_down"] == [f"{reason}"] * 2
    assert live.stop(10.0)
    assert_exact(live)


def test_the_account_is_exact_after_many_deaths_in_the_midst_of_work(
    make_clip: Callable[..., Path], camera: Callable[..., LiveCamera], wait_for: Wait
) -> None:
    live = camera(make_clip(frames=40, rate=200), fps=50)
    epoch = 0
    for _ in range(8):
        epoch = next_frame(live, wait_for, after=epoch).stamp.epoch
        os.kill(child_of(live), signal.SIGKILL)
        wait_for(lambda: live.status().state is not CameraState.LIVE)
    assert live.stop(10.0)
    assert_exact(live)
    status = live.status()
    assert status.passed[PassReason.NOT_SAMPLED] > 0
    assert status.reconnects >= 7


def test_a_child_that_grows_too_large_is_ended_with_the_line_about_memory(
    camera: Callable[..., LiveCamera], wait_for: Wait
) -> None:
    live = camera("test:bars?fps=50", memory_limit_mb=1)
    wait_for(lambda: "MB of memory, 1 are allowed" in (live.status().reason or ""))
    wait_for(lambda: live.status().reconnects >= 1)
    assert live.stop(10.0)
    assert_exact(live)


def test_nothing_is_left_of_cameras_that_come_and_go(
    camera: Callable[..., LiveCamera], wait_for: Wait, own_things: Callable[[], tuple[int, int]]
) -> None:
    before, pids = own_things(), []
    for number in range(6):
        live = camera("test:bars?fps=50")
        wait_for(lambda live=live: live._reader._worker is not None)
        pids.append(child_of(live))
        if number % 2:
            next_frame(live, wait_for)
        assert live.stop(10.0)
    del live
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    descriptors, threads = own_things()
    assert threads == before[1]
    assert descriptors <= before[0] + 6  # one for the memory of each camera that is still known here
