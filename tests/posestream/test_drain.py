import subprocess
import sys

import pytest

DRAINS = """
import threading
from posestream.drain import drained_in_time
from posestream.logs import configure_logs
configure_logs()
stop = threading.Event()
with drained_in_time("track/one", stop, 0.3):
    {work}
print("drained")
"""


@pytest.mark.parametrize(
    ("work", "code", "told"),
    [
        ("pass", 0, "drained\n"),
        ("threading.Event().wait(1.0)", 0, "drained\n"),
        ("stop.set()", 0, "drained\n"),
        ("stop.set(); threading.Event().wait(0.1)", 0, "drained\n"),
        ("stop.set(); threading.Event().wait()", 4, ""),
    ],
)
def test_only_a_drain_that_hangs_ends_the_process(work: str, code: int, told: str) -> None:
    command = [sys.executable, "-c", DRAINS.replace("{work}", work)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (code, told), done.stderr
    assert ("not drained within 0.3 s" in done.stderr) == (code == 4)
