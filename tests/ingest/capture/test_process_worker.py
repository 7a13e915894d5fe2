"""A reader in a child process: it reads, it is killed, it dies, and nothing of it is left."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.capture.memory import MemorySize
from ingest.capture.order import CaptureOrder
from ingest.capture.process_worker import ProcessWorker
from ingest.capture.ring import Taken
from posestream.errors import InputError

SIZE = MemorySize(8, 80 * 80 * 3)
NASTY = "hush-hush"
Order = Callable[..., CaptureOrder]
Drained = Callable[[ProcessWorker, int], list[Taken]]
Wait = Callable[..., None]


@pytest.fixture
def worker() -> Iterator[Callable[..., ProcessWorker]]:
    """Factory of workers that are ended after the test."""
    with ExitStack() as stack:

        def start(limit_mb: int = 512) -> ProcessWorker:
            made = ProcessWorker(SIZE, limit_mb)
            stack.callback(made.end)
            return made

        yield start


def peer_of(made: ProcessWorker) -> socket.socket:
    """Take the child's place at the other end of its socket."""
    assert made._socket is not None
    made._socket.close()
    made._socket, theirs = socket.socketpair()
    return theirs


def ended(made: ProcessWorker, wait_for: Wait) -> InputError | None:
    """Wait for the end of its order; gives the fault."""

    def look() -> bool:
        made.wait(0.2)
        return made.ended

    wait_for(look)
    return made.fault


def test_a_child_reads_a_clip_and_one_child_reads_one_after_the_other(
    make_clip: Callable[..., Path], worker: Callable[..., ProcessWorker], order: Order, drained: Drained, wait_for: Wait
) -> None:
    made = worker()
    made.begin(order(make_clip(frames=12)))
    frames = drained(made, 14)
    assert [taken.captured.index for taken in frames][:14] == [*range(12), 0, 1]
    assert {(taken.captured.image_width, taken.payload.size) for taken in frames} == {(80, 80 * 60 * 3 // 2)}
    assert not made.usable
    made.memory.board["wanted"] = 0
    assert ended(made, wait_for) is None
    assert made.usable
    made.begin(order("test:bars?fps=50"))
    before = made.memory.ring.published
    wait_for(lambda: made.memory.ring.published > before + 5)
    assert Path(f"/proc/{made.pid}").exists()


def test_why_an_order_ends_comes_back(
    tmp_path: Path, worker: Callable[..., ProcessWorker], order: Order, wait_for: Wait
) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("hello")
    made = worker()
    for _ in range(2):
        made.begin(order(path))
        assert str(ended(made, wait_for)) == f"{path}: not a video or picture that can be read"
        assert made.usable


@pytest.mark.parametrize(
    ("sign", "name"), [(signal.SIGKILL, "SIGKILL"), (signal.SIGSEGV, "SIGSEGV"), (signal.SIGABRT, "SIGABRT")]
)
def test_a_child_that_dies_is_told_in_one_line(
    worker: Callable[..., ProcessWorker],
    order: Order,
    drained: Drained,
    wait_for: Wait,
    gone: Callable[[int], bool],
    sign: signal.Signals,
    name: str,
) -> None:
    made = worker()
    made.begin(order("test:bars?fps=50"))
    assert len(drained(made, 3)) >= 3
    os.kill(made.pid, sign)
    assert str(ended(made, wait_for)) == f"its reader broke down ({name})"
    assert not made.usable
    assert gone(made.pid)
    made.wait(0.0)  # nothing to wait for any more
    assert made.end()


def test_a_child_that_dies_between_two_orders_is_told_with_the_next_one(
    worker: Callable[..., ProcessWorker], order: Order, wait_for: Wait, gone: Callable[[int], bool]
) -> None:
    made = worker()
    os.kill(made.pid, signal.SIGKILL)
    os.waitid(os.P_PID, made.pid, os.WEXITED | os.WNOWAIT)
    made.begin(order("test:bars"))
    assert str(ended(made, wait_for)) == "its reader broke down (SIGKILL)"
    assert gone(made.pid)


def test_a_child_that_stands_still_is_killed_all_the_same(
    worker: Callable[..., ProcessWorker], order: Order, drained: Drained, gone: Callable[[int], bool]
) -> None:
    made = worker()
    made.begin(order("test:bars?fps=50"))
    drained(made, 1)
    os.kill(made.pid, signal.SIGSTOP)
    assert made.end()
    assert gone(made.pid)
    assert not made.usable


def test_an_order_of_any_length_arrives_whole(
    worker: Callable[..., ProcessWorker], order: Order, drained: Drained
) -> None:
    area = tuple((0.5 + index / 20_000, 0.0 if index % 2 else 1.0) for index in range(10_000))
    plain = order("test:bars?fps=50")
    long = replace(plain, settings=replace(plain.settings, privacy=(area,)))
    assert len(long.line()) > 100_000
    made = worker()
    made.begin(long)
    assert drained(made, 1)[0].captured.image_width == 80


def test_neither_login_nor_environment_is_seen_of_a_child(
    worker: Callable[..., ProcessWorker], order: Order, wait_for: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_PASSWORD", NASTY)
    monkeypatch.setenv("LC_TEST", "harmless")
    made = worker()
    made.begin(order(f"rtsp://admin:{NASTY}@127.0.0.1:1/x"))
    assert "refused" in str(ended(made, wait_for))
    shown = b"".join(Path(f"/proc/{made.pid}/{name}").read_bytes() for name in ("cmdline", "environ"))
    assert b"LC_TEST=harmless" in shown
    assert b"KAFKA_PASSWORD" not in shown
    assert NASTY.encode() not in shown
    assert b"admin" not in Path(f"/proc/{made.pid}/cmdline").read_bytes()


def test_a_child_has_limits_and_no_descriptors_but_its_own(
    worker: Callable[..., ProcessWorker], order: Order, drained: Drained
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as ours:
        os.set_inheritable(ours.fileno(), True)  # noqa: FBT003  # as a careless library would
        made = worker(300)
        made.begin(order("test:bars?fps=50"))
        drained(made, 1)
        lines = Path(f"/proc/{made.pid}/limits").read_text().splitlines()
        limits = {line[:25].strip(): line[25:].split()[:2] for line in lines}
        assert limits["Max core file size"] == limits["Max file size"] == ["0", "0"]
        assert limits["Max open files"] == ["256", "256"]
        assert limits["Max data size"] == ["1300000000"] * 2
        held = [str(path.readlink()) for path in Path(f"/proc/{made.pid}/fd").iterdir()]
    assert sum("socket" in name for name in held) == 1
    assert sum("posestream-capture" in name for name in held) <= 1


def test_a_child_that_grows_too_large_is_told_in_numbers(
    worker: Callable[..., ProcessWorker], order: Order, drained: Drained
) -> None:
    made = worker(1)
    made.begin(order("test:bars?fps=50"))
    drained(made, 1)
    used = made.used_mb()
    assert 10 < used < 512
    assert "MB of memory, 1 are allowed" in (made.over_limit() or "")
    assert worker().over_limit() is None
    made.end()
    assert (made.used_mb(), made.over_limit()) == (0, None)


@pytest.mark.parametrize("answer", [b"rubbish\n", b"\xff\xfe\n", b"{}\n", b"[" * 5000 + b"\n"])
def test_an_answer_that_is_rubbish_is_a_fault(
    worker: Callable[..., ProcessWorker], wait_for: Wait, answer: bytes
) -> None:
    made = worker()
    theirs = peer_of(made)
    with theirs:
        made._busy = True
        theirs.sendall(b"\n\n" + answer[:1])
        made.wait(1.0)
        assert not made.ended
        theirs.sendall(answer[1:])
        assert str(ended(made, wait_for)) == "the camera's reader answers rubbish"


def test_an_answer_without_end_is_the_end_of_the_child(
    worker: Callable[..., ProcessWorker], gone: Callable[[int], bool]
) -> None:
    made = worker()
    theirs = peer_of(made)
    with theirs:
        made._busy = True
        for _ in range(100):
            try:
                theirs.send(b"x" * 10_000)
            except OSError:  # hung up
                break
            made.wait(1.0)
    assert made.ended
    assert "broke down" in str(made.fault)
    assert gone(made.pid)


def test_nothing_is_left_of_thirty_children(order: Order, own_things: Callable[[], tuple[int, int]]) -> None:
    ProcessWorker(SIZE, 512).end()
    before, pids = own_things(), []
    for number in range(30):
        made = ProcessWorker(SIZE, 512)
        pids.append(made.pid)
        if number % 3 == 0:
            made.begin(order("test:bars"))
        assert made.end()
        del made
    assert own_things() == before
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_a_child_that_cannot_be_started_leaves_nothing_behind(
    own_things: Callable[[], tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = own_things()

    def fail(*_words: object, **_how: object) -> None:
        raise OSError("no process left")

    monkeypatch.setattr(subprocess, "Popen", fail)
    with pytest.raises(OSError, match="no process left"):
        ProcessWorker(SIZE, 512)
    assert own_things() == before
