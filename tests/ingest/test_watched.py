"""How a reader is run, given up and run again; real cameras do the same in test_live.py."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from ingest.attempt import Attempt
from ingest.deadlines import LiveDeadlines
from ingest.source import Source, SourceKind
from ingest.status import CameraLedger, CameraState, CameraStatus
from ingest.watched import WatchedReader
from posestream.clock import SystemClock
from posestream.errors import AccessRefused, InputError

HASTY = LiveDeadlines(
    open_s=0.1, first_frame_s=0.1, next_frame_s=0.1, backoff_first_s=0.001, backoff_cap_s=0.01, refused_retry_s=0.01
)
Wait = Callable[..., None]


class Watched:
    """A reader with its ledger."""

    def __init__(self) -> None:
        clock = SystemClock()
        self.ledger = CameraLedger(clock)
        rng = random.Random(1)  # noqa: S311  # jitter, no secret
        self.reader = WatchedReader(Source(SourceKind.RTSP, "x", "x"), "cam", self.ledger, clock, rng, HASTY)

    @property
    def status(self) -> CameraStatus:
        return self.ledger.status(delivered=0, dropped=0)


@pytest.fixture
def watched() -> Iterator[Watched]:
    with ExitStack() as stack:
        made = Watched()
        stack.callback(made.reader.stop, 10.0)
        yield made


@pytest.mark.parametrize(
    ("fault", "state", "reason"),
    [
        (InputError("x: away"), CameraState.DOWN, "x: away"),
        (AccessRefused("x: no"), CameraState.REFUSED, "x: no"),
        (ZeroDivisionError("secret"), CameraState.DOWN, "x: reading failed unexpectedly (ZeroDivisionError)"),
        (None, CameraState.DOWN, "x: the source ended"),
    ],
)
def test_whatever_reading_ends_with_it_is_begun_again(
    watched: Watched, wait_for: Wait, fault: Exception | None, state: CameraState, reason: str
) -> None:
    def read(_attempt: Attempt) -> None:
        if fault is not None:
            raise fault

    watched.reader.start(read)
    wait_for(lambda: watched.status.reconnects >= 3)
    wait_for(lambda: watched.status.state is state)
    assert watched.status.reason == reason


def test_a_reader_that_hangs_is_given_up_and_no_more_than_three_of_them_hang(watched: Watched, wait_for: Wait) -> None:
    end = threading.Event()
    attempts: list[Attempt] = []

    def read(attempt: Attempt) -> None:
        attempts.append(attempt)
        end.wait(60.0)

    watched.reader.start(read)
    wait_for(lambda: len(attempts) == 3)
    wait_for(lambda: not attempts[-1].wanted())
    assert watched.status.reason == "x: no answer in time"
    assert not watched.reader.stop(0.01)  # they still hang
    assert len(attempts) == 3
    end.set()
    assert watched.reader.stop(10.0)
    assert watched.status.reason == "stopped"


def test_a_reader_is_started_once_and_stopped_without_start(watched: Watched) -> None:
    assert watched.reader.stop(1.0)
    fresh = Watched()
    fresh.reader.start(lambda _attempt: None)
    with pytest.raises(RuntimeError, match="camera cam: already started"):
        fresh.reader.start(lambda _attempt: None)
    assert fresh.reader.stop(10.0)
