from collections.abc import Callable
from dataclasses import replace

import pytest

from ingest.diagnosis.facts import facts_of, facts_of_pattern
from ingest.diagnosis.seen import Seen
from ingest.pattern_request import PatternRequest


def test_of_a_stream(make_seen: Callable[..., Seen]) -> None:
    seen = make_seen(two_way=True)
    seen.skew_seconds, seen.refused_packets = -0.2, 2
    facts = facts_of(seen, ("PCMA",))
    assert facts is not None
    assert (facts.codec, facts.width, facts.height, facts.audio) == ("h264", 640, 360, ("PCMA",))
    assert (facts.two_way, facts.interlaced, facts.damaged, facts.skew_seconds) == (True, False, 2, -0.2)
    assert facts.open_seconds == pytest.approx(0.4)
    assert facts.first_picture_seconds == pytest.approx(0.6)


def test_a_clock_that_jumps_has_no_skew(make_seen: Callable[..., Seen]) -> None:
    seen = make_seen()
    seen.skew_seconds = 100.0
    seen.packets[60:] = [replace(it, seconds=(it.seconds or 0) + 100) for it in seen.packets[60:]]
    facts = facts_of(seen, ())
    assert facts is not None
    assert facts.skew_seconds is None


def test_without_a_picture_there_are_none(make_seen: Callable[..., Seen]) -> None:
    seen = make_seen()
    seen.surface = None
    assert facts_of(seen, ()) is None


def test_of_a_pattern() -> None:
    facts = facts_of_pattern(PatternRequest("bars", (320, 180), 10.0))
    assert (facts.codec, facts.width, facts.height, facts.fps_stated) == ("none", 320, 180, 10.0)
