import subprocess
import sys

import pytest

DRAINS = """
import threading
from pathlib import Path
from posestream.config import Config, KafkaConfig
from posestream.logs import configure_logs
from posestream.service import ServiceOptions, running
from sinks.drain import drained_in_time
configure_logs()
config = Config(kafka=KafkaConfig(bootstrap_servers="127.0.0.1:1"))
with running("track", config, ServiceOptions("one", Path("."), 0)) as service:
    with drained_in_time(service, 0.3):
        {work}
    print("drained")
"""


@pytest.mark.parametrize(
    ("work", "code", "told"),
    [
        ("pass", 0, "drained\n"),
        ("threading.Event().wait(1.0)", 0, "drained\n"),
        ("service.stop.set()", 0, "drained\n"),
        ("service.stop.set(); threading.Event().wait(0.1)", 0, "drained\n"),
        ("service.stop.set(); threading.Event().wait()", 4, ""),
    ],
)
def test_only_a_drain_that_hangs_ends_the_process(work: str, code: int, told: str) -> None:
    command = [sys.executable, "-c", DRAINS.replace("{work}", work)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (code, told), done.stderr
    assert ("not drained within 0.3 s" in done.stderr) == (code == 4)
