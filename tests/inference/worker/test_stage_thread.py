import threading

import pytest

from inference.worker.stage_thread import StageThread
from posestream.errors import DependencyError


def test_a_thread_that_ends_well_says_nothing() -> None:
    stop = threading.Event()
    thread = StageThread("quiet", lambda: None, stop)
    thread.start()
    assert thread.join(10.0)
    thread.raise_fault()
    assert not stop.is_set()


def test_a_fault_stops_the_service_and_is_raised_there() -> None:
    stop = threading.Event()

    def fail() -> None:
        raise DependencyError("refused")

    thread = StageThread("failing", fail, stop)
    thread.start()
    assert stop.wait(10.0)
    assert thread.join(10.0)
    with pytest.raises(DependencyError, match="refused"):
        thread.raise_fault()


def test_a_thread_that_hangs_is_left() -> None:
    go_on = threading.Event()
    thread = StageThread("hanging", lambda: go_on.wait(30.0) and None, threading.Event())
    thread.start()
    assert not thread.join(0.0)
    go_on.set()
    assert thread.join(10.0)
