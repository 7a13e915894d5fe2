import json

import pytest

from sinks.serve.events import EventRing, event_text


def test_an_empty_ring_has_missed_nothing() -> None:
    assert EventRing("run").since("run-0") == []


@pytest.mark.parametrize(
    ("last_id", "wanted"),
    [
        ("run-5", []),
        ("run-4", [5]),
        ("run-2", [3, 5]),  # 4 was replaced by a newer one
        ("run-1", None),  # forgotten: 2 is gone
        ("run-6", None),  # never given
        ("earlier-3", None),
        ("3", None),
        ("run-", None),
        ("run-٣", None),
        ("run--1", None),
        ("run-" + "9" * 5000, None),
        ("", None),
    ],
)
def test_resuming(last_id: str, wanted: list[int] | None) -> None:
    ring = EventRing("run", most=2)
    for number in range(1, 6):
        ring.add("alert", {}, replaces="lobby" if number == 4 else None)
    events = ring.since(last_id)
    assert (None if events is None else [event.number for event in events]) == wanted


def test_the_text_of_an_event_keeps_to_its_lines() -> None:
    text = event_text("alert", {"label": "a\nid: 7\r\n\nevent: x"}, "run-1")
    assert text.endswith("\n\n")
    first, second, third = text.strip("\n").splitlines()
    assert (first, second) == ("id: run-1", "event: alert")
    assert json.loads(third.removeprefix("data: ")) == {"label": "a\nid: 7\r\n\nevent: x"}
