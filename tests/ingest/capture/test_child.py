"""The child's own side: what it takes from itself, and that it never outlives who started it."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

Wait = Callable[..., None]

# A parent that starts one camera and says which processes it has.
PARENT = """
import random, sys, time
from pathlib import Path
from ingest.live import LiveCamera
from ingest.settings import ReadSettings
from ingest.source import parse_source
from posestream.clock import SystemClock
settings = ReadSettings("cam", width=80, isolation="process")
live = LiveCamera(parse_source(sys.argv[1]), settings, SystemClock(), random.Random(1), lambda: None)
live.start()
children = Path("/proc/self/task")
def pids():
    return [pid for task in children.iterdir() for pid in (task / "children").read_text().split()]
while not pids() or (sys.argv[2] == "flowing" and live.take() is None):
    time.sleep(0.01)
print(*pids(), flush=True)
time.sleep(600)
"""
LIMITS = """
import json, resource, sys
from ingest.capture.child import limit_resources
names = ("RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_DATA")
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))  # lower already: stays
limit_resources(int(sys.argv[1]))
print(json.dumps([resource.getrlimit(getattr(resource, name)) for name in names]))
"""


def runs(pid: int) -> bool:
    """Whether there is such a process and it is not a dead one that its new parent has not noticed."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


@pytest.fixture
def parent() -> Iterator[Callable[[str, str], tuple["subprocess.Popen[str]", int]]]:
    """``parent(source, until)``: a process with one camera, and the pid of its child."""
    with ExitStack() as stack:

        def start(source: str, until: str) -> tuple["subprocess.Popen[str]", int]:
            command = [sys.executable, "-c", PARENT, source, until]
            made = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            stack.callback(made.kill)
            assert made.stdout is not None
            return made, int(made.stdout.readline())

        yield start


@pytest.mark.parametrize("until", ["started", "flowing"])
def test_a_child_ends_when_its_parent_is_killed(
    parent: Callable[[str, str], tuple["subprocess.Popen[str]", int]], wait_for: Wait, until: str
) -> None:
    process, child = parent("test:bars?fps=50", until)
    assert runs(child)
    process.kill()
    wait_for(lambda: not runs(child))


def test_a_child_that_waits_for_a_camera_ends_with_its_parent_too(
    parent: Callable[[str, str], tuple["subprocess.Popen[str]", int]], wait_for: Wait, fake_camera: Callable[[str], int]
) -> None:
    process, child = parent(f"rtsp://127.0.0.1:{fake_camera('hole')}/x", "started")
    wait_for(lambda: b"orders" in names_of_threads(child))
    process.kill()
    wait_for(lambda: not runs(child))


def names_of_threads(pid: int) -> bytes:
    """The names of a process's threads; Python 3.11 names none, so that their number stands for them."""
    tasks = list(Path(f"/proc/{pid}/task").iterdir())
    return b"orders" if len(tasks) > 1 else b""


def test_resources_are_only_ever_lowered() -> None:
    done = subprocess.run([sys.executable, "-c", LIMITS, "500"], capture_output=True, text=True, check=True)
    core, files, open_files, data = json.loads(done.stdout)
    assert (core, files, open_files) == ([0, 0], [0, 0], [100, 100])
    assert data == [1_500_000_000, 1_500_000_000]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 0  # ours are as they were


@pytest.mark.parametrize("words", [[], ["x"], ["1", "2", "3"], ["99", "98", "4", "1000", "512"]])
def test_a_child_that_is_started_by_hand_ends_at_once(words: list[str]) -> None:
    command = [sys.executable, "-m", "ingest.capture.child", *words]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30.0, check=False)
    assert done.returncode != 0
