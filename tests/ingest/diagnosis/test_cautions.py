import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from ingest.diagnosis.cautions import cautions, sub_stream
from ingest.diagnosis.facts import StreamFacts, facts_of
from ingest.diagnosis.seen import Seen
from ingest.source import parse_source

CAMERA = parse_source("rtsp://u:CANARY@cam/Streaming/Channels/101")


def facts(seen: Seen, **changes: object) -> StreamFacts:
    found = facts_of(seen, ())
    assert found is not None
    return replace(found, **changes)  # type: ignore[arg-type]  # names of fields


@pytest.mark.parametrize(
    ("main", "small"),
    [
        ("rtsp://cam/Streaming/Channels/101", "rtsp://cam/Streaming/Channels/102"),
        ("rtsp://cam/Streaming/Channels/1601?x=1", "rtsp://cam/Streaming/Channels/1602?x=1"),
        ("rtsp://cam/Streaming/Channels/102", None),
        ("rtsp://cam/cam/realmonitor?channel=1&subtype=0", "rtsp://cam/cam/realmonitor?channel=1&subtype=1"),
        ("rtsp://cam/stream1", "rtsp://cam/stream2"),
        ("rtsp://cam/stream10", None),
        ("rtsp://cam/h264Preview_01_main", "rtsp://cam/h264Preview_01_sub"),
        ("rtsp://cam/whatever", None),
    ],
)
def test_the_sub_stream_of_common_makers(main: str, small: str | None) -> None:
    assert sub_stream(main) == small


def test_a_good_stream_gives_no_warning(make_seen: Callable[..., Seen]) -> None:
    assert cautions(facts(make_seen()), CAMERA) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"codec": "hevc"}, "H.265 costs more"),
        ({"two_way": True}, "B-frames"),
        ({"interlaced": True}, "interlaced"),
        ({"damaged": 3}, "3 of the first pictures are damaged"),
        ({"fps_stated": None}, "does not say its frames a second"),
        ({"skew_seconds": 9.0}, "9.0 s ahead of ours"),
        ({"skew_seconds": -9.0}, "9.0 s behind ours"),
        ({"width": 1920, "height": 1080}, "1920x1080 is far more than the 640 px .* rtsp://cam/Streaming/Channels/102"),
    ],
)
def test_each_warning(make_seen: Callable[..., Seen], changes: dict[str, object], words: str) -> None:
    (text,) = cautions(facts(make_seen(), **changes), CAMERA)
    assert re.search(words, text)
    assert "CANARY" not in text


def test_keyframes_that_are_far_apart(make_seen: Callable[..., Seen]) -> None:
    assert "every 6.0 s" in cautions(facts(make_seen(400, gop=150)), CAMERA)[0]
    assert "every over 8.0 s" in cautions(facts(make_seen(201, gop=1000)), CAMERA)[0]


def test_arrivals_that_are_off(make_seen: Callable[..., Seen]) -> None:
    seen = make_seen()
    seen.packets = [replace(it, arrived=it.arrived + 0.9 * (n % 5 == 0)) for n, it in enumerate(seen.packets)]
    assert "0.9 s too early or late" in cautions(facts(seen), CAMERA)[0]


def test_a_file_is_as_it_is(make_seen: Callable[..., Seen]) -> None:
    seen = make_seen(400, gop=400, live=False, two_way=True)
    assert cautions(facts(seen, width=3840), parse_source("clip.mp4", must_exist=False)) == []
