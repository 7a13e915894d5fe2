"""Which kind of reader an order is given."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.capture.order import CaptureOrder
from ingest.capture.process_worker import ProcessWorker
from ingest.capture.starting import starter_of
from ingest.capture.thread_worker import ThreadWorker
from ingest.deadlines import LiveDeadlines
from ingest.settings import ReadSettings
from ingest.source import parse_source
from posestream.clock import SystemClock


@pytest.mark.parametrize("packets", [False, True])
def test_the_settings_say_whether_it_is_a_process_or_a_thread(
    wait_for: Callable[[Callable[[], object]], None], *, packets: bool
) -> None:
    source = parse_source("test:black")
    slots = 64 if packets else 4
    for isolation, kind in (("process", ProcessWorker), ("thread", ThreadWorker)):
        settings = ReadSettings("cam", width=80, isolation=isolation)  # type: ignore[arg-type]
        worker = starter_of(CaptureOrder(source, settings, LiveDeadlines(), packets=packets), SystemClock())()
        try:
            assert type(worker) is kind
            assert worker.memory.size.slots == slots
            if isinstance(worker, ProcessWorker):
                command = Path(f"/proc/{worker.pid}/cmdline")
                wait_for(lambda command=command: command.read_bytes().split(b"\0")[-2:-1] == [b"512"])  # type: ignore[misc]
        finally:
            assert worker.end()
