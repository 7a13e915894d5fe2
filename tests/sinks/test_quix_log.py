import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from posestream.clock import SettableClock
from posestream.logs import configure_logs
from sinks.quix_log import QUIET_SECONDS, QuixLog, hear_quix


@pytest.fixture
def heard() -> Iterator[io.StringIO]:
    """Give what our log writes, debug lines too."""
    stream = io.StringIO()
    configure_logs(verbose=True, json_lines=True, stream=stream)
    yield stream
    structlog.reset_defaults()


def said(name: str, level: int, text: str) -> logging.LogRecord:
    return logging.LogRecord(name, level, "", 0, text, None, None)


def lines(heard: io.StringIO) -> list[tuple[str, str]]:
    return [(line["level"], line["text"]) for line in map(json.loads, heard.getvalue().splitlines())]


def test_the_same_is_said_once_a_minute_whatever_its_numbers(heard: io.StringIO) -> None:
    clock = SettableClock()
    log = QuixLog(clock.monotonic)
    for number in range(200):
        log.emit(said("quixstreams.app", logging.ERROR, f"broker {number} down (after {number}ms)"))
        clock.advance(0.05)
    assert lines(heard) == [("error", "broker 0 down (after 0ms)")]
    log.emit(said("quixstreams.app", logging.ERROR, "something else"))
    clock.advance(QUIET_SECONDS)
    log.emit(said("quixstreams.app", logging.ERROR, "broker 7 down (after 7ms)"))
    assert [text for _, text in lines(heard)[1:]] == ["something else", "broker 7 down (after 7ms)"]


@pytest.mark.parametrize(
    ("name", "level", "ours"),
    [
        ("quixstreams.app", logging.INFO, "debug"),
        ("quixstreams.app", logging.ERROR, "error"),
        ("quixstreams.kafka.consumer", logging.ERROR, "debug"),
    ],
)
def test_levels(heard: io.StringIO, name: str, level: int, ours: str) -> None:
    QuixLog().emit(said(name, level, "x"))
    assert lines(heard) == [(ours, "x")]


def test_no_secret_is_said(heard: io.StringIO) -> None:
    QuixLog().emit(said("quixstreams.app", logging.ERROR, "http://me:geheim@host"))
    assert "geheim" not in heard.getvalue()


def test_it_is_heard_once() -> None:
    hear_quix()
    hear_quix()
    # The test runner may listen there, too.
    ours = [handler for handler in logging.getLogger("quixstreams").handlers if isinstance(handler, QuixLog)]
    assert len(ours) == 1
