"""Kind ``crowd``."""

from collections.abc import Callable
from typing import Any

import pytest

from posestream.schemas import Alert, Tracks

Play = Callable[..., list[Alert]]
Brief = Callable[..., list[tuple[str, int | None, float]]]
TracksAt = Callable[..., Tracks]
Rule = Callable[..., Any]

ROW = {one: (500.0 + 90 * one, 500.0) for one in range(5)}


def film(tracks_at: TracksAt, *counts: int) -> list[Tracks]:
    return [tracks_at(index * 0.1, {one: ROW[one] for one in range(count)}) for index, count in enumerate(counts)]


@pytest.mark.parametrize(
    ("keys", "count", "fires"),
    [
        ({"more_than": 2}, 0, False),
        ({"more_than": 2}, 2, False),
        ({"more_than": 2}, 3, True),
        ({"more_than": 2, "zone": "door"}, 2, False),
        ({"more_than": 2, "zone": "door"}, 3, True),
        ({"more_than": 2, "within": 0.1}, 2, False),
        ({"more_than": 2, "within": 0.1}, 3, True),
        ({"more_than": 2, "within": 0.08}, 5, False),
        ({"more_than": 3, "within": 0.1}, 5, False),
        ({"more_than": 0, "within": 0.1}, 0, False),
        ({"more_than": 0, "within": 0.1}, 1, True),
    ],
)
def test_more_than_so_many_are_a_crowd(
    tracks_at: TracksAt, play: Play, rule: Rule, keys: dict[str, Any], count: int, fires: bool
) -> None:
    alerts = play(film(tracks_at, *[count] * 5), rule("crowd", **keys))
    assert [one.state.value for one in alerts] == ["firing"] * fires
    assert all(one.track_id is None and one.value == count for one in alerts)


def test_persons_outside_the_zone_do_not_count(tracks_at: TracksAt, play: Play, rule: Rule) -> None:
    frames = [tracks_at(index * 0.1, {1: (600, 500), 2: (700, 500), 3: (100, 500)}) for index in range(5)]
    assert play(frames, rule("crowd", more_than=2, zone="door")) == []


def test_value_is_the_most_there_were(tracks_at: TracksAt, play: Play, rule: Rule) -> None:
    alerts = play(film(tracks_at, *[3] * 5, *[5] * 5, *[3] * 5, *[0] * 15), rule("crowd", more_than=2))
    assert [one.value for one in alerts] == [3.0, 5.0]
    assert alerts[1].ended_at_ns == 1_400_000_000


def test_hidden_person_leaves_it_open(tracks_at: TracksAt, play: Play, rule: Rule, brief: Brief) -> None:
    three = {one: ROW[one] for one in range(3)}
    frames = [tracks_at(index * 0.1, three) for index in range(5)]
    frames += [tracks_at(0.5 + index * 0.1, three, lost=[2]) for index in range(30)]
    crowd = rule("crowd", more_than=2, resolve_after="500ms")
    assert brief(play(frames, crowd)) == [("firing", None, 0.2)]
    frames += [tracks_at(3.5 + index * 0.1, {0: ROW[0], 1: ROW[1]}) for index in range(10)]
    assert brief(play(frames, crowd)) == [("firing", None, 0.2), ("resolved", None, 3.9)]


def test_hidden_persons_alone_raise_nothing(tracks_at: TracksAt, play: Play, rule: Rule) -> None:
    three = {one: ROW[one] for one in range(3)}
    frames = [tracks_at(0.0, three), *(tracks_at(0.1 + index * 0.1, three, lost=[0, 1, 2]) for index in range(9))]
    assert play(frames, rule("crowd", more_than=2)) == []
