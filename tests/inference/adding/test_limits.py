import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inference.adding.limits import LARGEST_FILE, PER_BYTE, allow_weights, environment_for, limit_process, memory_for

Limit = tuple[int, int]


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> dict[int, Limit]:
    """What is set, kept from this process."""
    kept: dict[int, Limit] = {resource.RLIMIT_AS: (resource.RLIM_INFINITY, resource.RLIM_INFINITY)}
    monkeypatch.setattr(resource, "setrlimit", kept.__setitem__)
    monkeypatch.setattr(resource, "getrlimit", kept.__getitem__)
    return kept


def test_a_process_is_limited_and_gets_more_for_weights_that_came_later(limits: dict[int, Limit]) -> None:
    limit_process(1000, 60)
    assert limits[resource.RLIMIT_AS] == (1000, resource.RLIM_INFINITY)
    assert limits[resource.RLIMIT_CPU] == (60, 60)
    assert limits[resource.RLIMIT_CORE] == (0, 0)
    assert limits[resource.RLIMIT_FSIZE] == (LARGEST_FILE, LARGEST_FILE)
    allow_weights(10)
    assert limits[resource.RLIMIT_AS] == (1000 + 10 * PER_BYTE, resource.RLIM_INFINITY)


def test_a_process_without_a_limit_gets_none(limits: dict[int, Limit]) -> None:
    allow_weights(10)
    assert limits == {resource.RLIMIT_AS: (resource.RLIM_INFINITY, resource.RLIM_INFINITY)}


def test_larger_networks_and_more_threads_may_take_more() -> None:
    assert memory_for(0, 1) < memory_for(1, 1) < memory_for(1, 2)
    assert memory_for(100_000_000, 2) < 6 * 2**30


def test_a_process_knows_no_secrets() -> None:
    known = {"PATH": "/bin", "LANG": "C", "LC_ALL": "C", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "1"}
    assert environment_for(known | {"KAFKA_PASSWORD": "secret", "AWS_SECRET": "secret", "LD_PRELOAD": "x"}) == known


CHILD = """
import os, pathlib, time
from inference.adding.limits import end_with
end_with({parent})
pathlib.Path({told!r}).write_text(pathlib.Path("/proc/self/status").read_text())
time.sleep(60)
"""
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


def test_a_process_ends_with_its_parent_and_gains_no_rights(tmp_path: Path) -> None:
    told = tmp_path / "told"
    text = CHILD.format(parent="os.getppid()", told=str(told))
    with subprocess.Popen([sys.executable, "-c", PARENT, text]) as parent:
        ends_at = time.monotonic() + 30
        while not (told.exists() and "NoNewPrivs" in told.read_text()):
            assert time.monotonic() < ends_at
            time.sleep(0.02)
        status = dict(line.split(":\t", 1) for line in told.read_text().splitlines() if ":\t" in line)
        assert status["NoNewPrivs"] == "1"
        parent.send_signal(signal.SIGKILL)
    while is_alive(int(status["Pid"])):
        assert time.monotonic() < ends_at
        time.sleep(0.02)


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_process_whose_parent_was_quicker_ends(tmp_path: Path) -> None:
    text = CHILD.format(parent=os.getppid(), told=str(tmp_path / "told"))
    assert subprocess.run([sys.executable, "-c", text], check=False, timeout=30).returncode == 1
    assert not (tmp_path / "told").exists()
