"""One walk is one alert: across a change of track id and across epochs."""

from collections.abc import Callable
from typing import Any

import pytest

from posestream.schemas import Alert, Tracks

IN, NEAR, FAR, OUT = (700.0, 500.0), (740.0, 500.0), (950.0, 900.0), (300.0, 500.0)
Play = Callable[..., list[Alert]]
Brief = Callable[..., list[tuple[str, int | None, float]]]
TracksAt = Callable[..., Tracks]
Rule = Callable[..., Any]


@pytest.fixture
def zone(rule: Rule) -> Any:  # noqa: ANN401 - the union of rule configs
    return rule("zone", zone="door", for_="200ms", resolve_after="1s")


def frames(
    tracks_at: TracksAt, first: float, count: int, feet: dict[int, tuple[float, float]], **more: object
) -> list[Tracks]:
    return [tracks_at(round(first + index * 0.1, 3), feet, **more) for index in range(count)]


@pytest.mark.parametrize(
    ("place", "born", "handed"),
    [
        (NEAR, 1.0, True),  # born after the old one was last seen, close by
        (FAR, 1.0, False),  # too far
        (NEAR, 0.2, False),  # was there beside the old one: another person
    ],
)
def test_track_that_breaks_off_hands_its_alert_over(
    tracks_at: TracksAt, play: Play, zone: object, place: tuple[float, float], born: float, handed: bool
) -> None:
    film = frames(tracks_at, 0, 7, {1: IN})
    # The new track is confirmed at 1.2 s while the old one still counts as lost.
    film += [
        tracks_at(
            round(1.2 + index * 0.1, 3),
            {1: IN, 2: place},
            lost=[1],
            ages={1: 1.2 + index * 0.1, 2: 1.2 - born + index * 0.1},
        )
        for index in range(6)
    ]
    film += frames(tracks_at, 1.8, 25, {2: OUT}, ages={2: 1.0})
    alerts = play(film, zone)
    assert len(alerts) == (2 if handed else 4)
    assert alerts[0].track_id == 1
    if handed:
        ended = alerts[1]
        assert (ended.id, ended.track_id, ended.state.value) == (alerts[0].id, 1, "resolved")
        assert (ended.started_at_ns, ended.ended_at_ns) == (0, 1_700_000_000)


def test_gap_longer_than_resolve_after_is_a_new_walk(tracks_at: TracksAt, play: Play, rule: Rule) -> None:
    zone = rule("zone", zone="door", for_="200ms", resolve_after="300ms")
    film = frames(tracks_at, 0, 7, {1: IN})
    film += [
        tracks_at(1.2 + index * 0.1, {1: IN, 2: NEAR}, lost=[1], ages={2: 0.2 + index * 0.1}) for index in range(6)
    ]
    assert [one.track_id for one in play(film, zone)] == [1, 2]


def test_nearest_heir_wins_and_each_has_one(tracks_at: TracksAt, play: Play, zone: object) -> None:
    film = frames(tracks_at, 0, 7, {1: IN, 2: (780.0, 500.0)})
    feet = {1: IN, 2: (780.0, 500.0), 3: (710.0, 500.0), 4: (730.0, 500.0)}
    film += [tracks_at(0.9 + index * 0.1, feet, lost=[1, 2], ages={3: 0.2, 4: 0.2}) for index in range(2)]
    film += frames(tracks_at, 1.1, 3, {3: (710.0, 500.0), 4: (730.0, 500.0)}, ages={3: 0.4, 4: 0.4})
    assert [(one.state.value, one.track_id) for one in play(film, zone)] == [("firing", 1), ("firing", 2)]


def test_stay_is_handed_over(tracks_at: TracksAt, play: Play, rule: Rule, brief: Brief) -> None:
    linger = rule("loiter", radius=0.1, for_="3s")
    film = frames(tracks_at, 0, 20, {1: OUT})
    film += [
        tracks_at(2.2 + index * 0.1, {1: OUT, 2: OUT}, lost=[1], ages={2: 0.2 + index * 0.1}) for index in range(12)
    ]
    assert brief(play(film, linger)) == [("firing", 2, 3.1)]


def test_cooldown_is_handed_over(tracks_at: TracksAt, play: Play, rule: Rule) -> None:
    zone = rule("zone", zone="door", for_="200ms", resolve_after="500ms", cooldown="60s")
    film = [*frames(tracks_at, 0, 7, {1: IN}), *frames(tracks_at, 0.7, 10, {1: (480.0, 500.0)})]
    film += frames(tracks_at, 1.9, 2, {1: OUT, 2: (485.0, 500.0)}, lost=[1], ages={2: 0.2})
    film += frames(tracks_at, 2.1, 5, {2: IN}, ages={2: 0.4})
    assert [(one.track_id, one.state.value, one.muted) for one in play(film, zone)] == [
        (1, "firing", False),
        (1, "resolved", False),
        (2, "firing", True),
    ]


def test_new_epoch_keeps_open_alerts(tracks_at: TracksAt, play: Play, zone: object) -> None:
    film = frames(tracks_at, 0, 7, {1: IN, 2: FAR})
    film += frames(tracks_at, 20, 4, {}, epoch=9, start=20)
    film += frames(tracks_at, 20.4, 10, {1: (940.0, 880.0), 2: (720.0, 520.0)}, epoch=9, start=20)
    film += frames(tracks_at, 21.4, 12, {1: (940.0, 880.0), 2: OUT}, epoch=9, start=20)
    alerts = play(film, zone, end=True)
    assert [(one.state.value, one.track_id, one.epoch) for one in alerts] == [
        ("firing", 1, 0),
        ("firing", 2, 0),
        ("resolved", 1, 0),
        ("resolved", 2, 0),
    ]
    assert alerts[2].id == alerts[0].id
    assert (alerts[2].ended_at_ns, alerts[2].frame_index) == (21_300_000_000, 23)


def test_an_epoch_that_begins_without_a_look_waits_for_the_first_one(
    tracks_at: TracksAt, play: Play, zone: object, brief: Brief
) -> None:
    before = frames(tracks_at, 0, 7, {1: IN})
    beats = [tracks_at(float(second), {}, epoch=1, start=5.0, inferred=False) for second in range(5, 12)]
    goes_on = [
        *before,
        *beats,
        *frames(tracks_at, 12, 4, {}, epoch=1, start=5),
        *frames(tracks_at, 12.4, 30, {1: IN}, epoch=1, start=5),
    ]
    assert brief(play(goes_on, zone)) == [("firing", 1, 0.2)]
    nobody = [*before, *beats, *frames(tracks_at, 12, 40, {}, epoch=1, start=5)]
    assert brief(play(nobody, zone)) == [("firing", 1, 0.2), ("resolved", 1, 9.0)]
    for_ever = [*before, *(tracks_at(float(second), {}, epoch=1, start=5.0, inferred=False) for second in range(5, 50))]
    assert [state for state, _, _ in brief(play(for_ever, zone))] == ["firing", "resolved"]


def test_alert_nobody_goes_on_with_is_resolved_after_a_while(
    tracks_at: TracksAt, play: Play, zone: object, brief: Brief
) -> None:
    film = [*frames(tracks_at, 0, 7, {1: IN}), *frames(tracks_at, 10, 40, {1: OUT}, epoch=1, start=10)]
    assert brief(play(film, zone)) == [("firing", 1, 0.2), ("resolved", 1, 2.0)]


def test_late_epoch_resolves_what_was_open(tracks_at: TracksAt, play: Play, zone: object) -> None:
    film = [*frames(tracks_at, 0, 7, {1: IN}), *frames(tracks_at, 31, 5, {1: IN}, epoch=1, start=31)]
    first, ended, second = play(film, zone)
    assert (ended.id, ended.frame_index, ended.ended_at_ns) == (first.id, 6, 600_000_000)
    assert (second.epoch, second.started_at_ns) == (1, 31_000_000_000)
    assert second.id != first.id


def test_pending_does_not_survive_an_epoch(tracks_at: TracksAt, play: Play, rule: Rule) -> None:
    zone = rule("loiter", zone="door", for_="5s")
    film = [*frames(tracks_at, 0, 30, {1: IN}), *frames(tracks_at, 10, 40, {1: IN}, epoch=1, start=10)]
    assert play(film, zone) == []


def test_crowd_goes_on_in_a_new_epoch(tracks_at: TracksAt, play: Play, rule: Rule, brief: Brief) -> None:
    crowd = rule("crowd", more_than=1, resolve_after="100ms")
    film = frames(tracks_at, 0, 5, {1: IN, 2: OUT})
    film += frames(tracks_at, 10, 10, {}, epoch=1, start=10)
    film += frames(tracks_at, 11, 20, {5: IN, 6: OUT}, epoch=1, start=10)
    assert brief(play(film, crowd)) == [("firing", None, 0.2)]
    film += frames(tracks_at, 13, 3, {5: IN}, epoch=1, start=10)
    assert brief(play(film, crowd)) == [("firing", None, 0.2), ("resolved", None, 3.0)]


@pytest.mark.parametrize(("place", "alerts"), [(OUT, 1), ((800.0, 500.0), 3)])
def test_loiterer_is_found_again_at_the_same_place_only(
    tracks_at: TracksAt, play: Play, rule: Rule, place: tuple[float, float], alerts: int
) -> None:
    linger = rule("loiter", radius=0.1, for_="2s")
    film = frames(tracks_at, 0, 25, {1: OUT})
    film += frames(tracks_at, 10, 25, {1: place}, epoch=1, start=10)
    assert len(play(film, linger)) == alerts


def test_cooldown_of_a_former_epoch_goes_to_the_nearest(tracks_at: TracksAt, play: Play, rule: Rule) -> None:
    zone = rule("zone", zone="door", for_="200ms", resolve_after="200ms", cooldown="60s")
    film = [*frames(tracks_at, 0, 5, {1: IN}), *frames(tracks_at, 0.5, 5, {1: OUT})]
    film += frames(tracks_at, 10, 30, {}, epoch=1, start=10)
    film += frames(tracks_at, 13, 4, {3: FAR}, epoch=1, start=10)
    film += frames(tracks_at, 13.4, 4, {3: FAR, 4: IN}, epoch=1, start=10)
    assert [(one.epoch, one.track_id, one.muted) for one in play(film, zone) if one.state.value == "firing"] == [
        (0, 1, False),
        (1, 3, True),
        (1, 4, False),
    ]


def test_two_reconnects_in_a_row(tracks_at: TracksAt, play: Play, zone: object, brief: Brief) -> None:
    film = frames(tracks_at, 0, 5, {1: IN, 2: FAR})
    film += frames(tracks_at, 5, 2, {}, epoch=1, start=5)
    film += frames(tracks_at, 6, 2, {1: FAR}, epoch=2, start=6)
    film += frames(tracks_at, 7, 5, {1: FAR, 2: IN}, epoch=3, start=7)
    assert [state for state, *_ in brief(play(film, zone))] == ["firing", "firing"]
