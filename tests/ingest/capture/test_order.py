"""Orders and answers that cross the border of a process."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.capture.order import CaptureOrder, end_line, read_end, read_order
from ingest.deadlines import LiveDeadlines
from ingest.settings import ReadSettings
from ingest.source import Source, SourceKind, TlsTrust
from posestream.config import DewarpConfig
from posestream.errors import AccessRefused, InputError

SOURCE = Source(SourceKind.RTSP, "rtsp://admin:p%40s%22@10.0.0.1/é?a=1", "rtsp://10.0.0.1/é?a=***", TlsTrust.ACCEPT_ANY)
SETTINGS = ReadSettings(
    camera_id="door-1",
    width=640,
    max_width=1280,
    fps=7.5,
    privacy=(((0.1, 0.2), (0.3, 1 / 3), (0.0, 1.0)), ((0.5, 0.5), (0.6, 0.5), (0.6, 0.6))),
    rotate=90.0,
    dewarp=DewarpConfig(mount="wall", centre=(0.5, 0.4), radius=0.3, lens_fov=190.0, pan=10.0, tilt=-3.5, fov=71.0),
    crop=(0.1, 0.1, 0.9, 0.8),
    isolation="process",
    memory_limit_mb=333,
)
LIMITS = LiveDeadlines(1.5, 2.5, 3.5, 0.25, 4.5, 5.5, 6.5)


@pytest.mark.parametrize(
    "order",
    [
        CaptureOrder(SOURCE, SETTINGS, LIMITS, packets=True),
        CaptureOrder(Source(SourceKind.FILE, "a b\n.mp4", "a b\n.mp4"), ReadSettings("x"), LiveDeadlines()),
    ],
)
def test_every_field_of_an_order_comes_back(order: CaptureOrder) -> None:
    line = order.line()
    assert (line.count(b"\n"), line[-1:]) == (1, b"\n")
    assert read_order(line) == order
    assert read_order(line).source.tls is order.source.tls


def test_an_order_of_any_length_is_one_line() -> None:
    area = tuple((index / 10_000, 1 / 3) for index in range(5_000))
    order = CaptureOrder(SOURCE, replace(SETTINGS, privacy=(area,)), LIMITS)
    assert len(order.line()) > 100_000
    assert read_order(order.line()) == order


@pytest.mark.parametrize("line", [b"", b"{}", b"\xff", b"[]", b'{"source": 1}'])
def test_what_is_no_order_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match="validation error"):
        read_order(line)


def test_the_login_of_an_order_is_not_shown() -> None:
    assert "p%40s" not in repr(CaptureOrder(SOURCE, SETTINGS, LIMITS))


@pytest.mark.parametrize("fault", [None, InputError("x: away"), AccessRefused("x: the camera refuses the login")])
def test_the_end_comes_back_as_what_it_was(fault: InputError | None) -> None:
    line = end_line(fault)
    assert (line.count(b"\n"), line[-1:]) == (1, b"\n")
    end = read_end(line)
    assert type(end) is type(fault)
    assert str(end) == str(fault)


def test_a_login_in_the_text_is_hidden_on_both_sides() -> None:
    text = "rtsp://admin:hush@10.0.0.1/x: away"
    assert b"hush" not in end_line(InputError(text))
    end = read_end(json.dumps({"text": text, "refused": True}).encode())
    assert isinstance(end, AccessRefused)
    assert str(end) == "rtsp://***@10.0.0.1/x: away"


def test_a_text_is_one_short_line_that_can_be_printed() -> None:
    assert len(end_line(InputError("ä" * 100_000))) < 4_000
    end = read_end(json.dumps({"text": "a\nb\x1b[31mc\u202ed" + "e" * 100_000, "refused": False}).encode())
    assert str(end).startswith("ab[31mcde")
    assert len(str(end)) <= 500


@pytest.mark.parametrize(
    "line",
    [
        b"", b"\xff\xfe", b"null", b"7", b"[]", b"{}", b'{"text": "x"}', b'{"refused": true}', b'"text"', b"[" * 60_000,
        b'{"text": ' + b"9" * 10_000 + b', "refused": 1}',
    ],
)  # fmt: skip
def test_rubbish_is_a_fault_of_its_own(line: bytes) -> None:
    end = read_end(line)
    assert type(end) is InputError
    assert str(end) == "the camera's reader answers rubbish"


@given(st.binary(max_size=200) | st.text().map(lambda text: json.dumps({"text": text, "refused": text}).encode()))
def test_whatever_is_answered_it_is_a_fault_or_an_end(line: bytes) -> None:
    end = read_end(line)
    assert end is None or (type(end) is InputError and str(end).isprintable())
