"""Kind ``zone``."""

from collections.abc import Callable
from typing import Any

import pytest

from posestream.schemas import Alert, AlertState, Severity, Tracks
from posestream.schemas.alert import alert_id

IN, OUT = (700.0, 500.0), (300.0, 500.0)
Play = Callable[..., list[Alert]]
Brief = Callable[..., list[tuple[str, int | None, float]]]
TracksAt = Callable[..., Tracks]
Rule = Callable[..., Any]


def film(tracks_at: TracksAt, *scenes: tuple[int, dict[int, tuple[float, float]]], step: float = 0.1) -> list[Tracks]:
    """Give a film of scenes: (how many frames, who stands where)."""
    feet = [one for count, one in scenes for _ in range(count)]
    return [tracks_at(index * step, one) for index, one in enumerate(feet)]


def test_empty_frame_and_no_rules_give_no_alerts(tracks_at: TracksAt, play: Play, rule: Rule) -> None:
    assert play([]) == []
    assert play([], end=True) == []
    assert play(film(tracks_at, (5, {1: IN}))) == []
    assert play(film(tracks_at, (5, {})), rule("zone", zone="door")) == []


def test_person_in_the_zone_raises_one_alert(tracks_at: TracksAt, play: Play, rule: Rule) -> None:
    zone = rule("zone", zone="door", for_="500ms", resolve_after="1s", severity="critical")
    fired, ended = play(film(tracks_at, (3, {7: OUT}), (10, {7: IN}), (15, {7: OUT})), zone)
    wanted = alert_id(rule="zone", camera_id="lobby", epoch=0, place="door", track_id=7, first_firing_frame=8)
    assert (fired.id, fired.state, fired.zone, fired.line) == (wanted, AlertState.FIRING, "door", None)
    assert (fired.severity, fired.kind, fired.track_id) == (Severity.CRITICAL, "zone", 7)
    assert (fired.started_at_ns, fired.ended_at_ns, fired.frame_index) == (300_000_000, None, 8)
    assert (fired.value, fired.muted) == (0.5, False)
    assert (ended.id, ended.state, ended.frame_index) == (wanted, AlertState.RESOLVED, 22)
    assert (ended.started_at_ns, ended.ended_at_ns, ended.value) == (300_000_000, 1_200_000_000, 0.9)


@pytest.mark.parametrize(("frames", "alerts"), [(1, 0), (3, 0), (6, 1)])
def test_passing_through_quickly_is_no_alert(
    tracks_at: TracksAt, play: Play, rule: Rule, frames: int, alerts: int
) -> None:
    zone = rule("zone", zone="door", for_="500ms")
    assert len(play(film(tracks_at, (2, {1: OUT}), (frames, {1: IN}), (5, {1: OUT})), zone)) == alerts


def test_single_frame_never_fires(tracks_at: TracksAt, play: Play, rule: Rule, brief: Brief) -> None:
    zone = rule("zone", zone="door", for_="0s")
    assert play(film(tracks_at, (1, {1: IN}), (9, {1: OUT})), zone) == []
    assert brief(play(film(tracks_at, (2, {1: IN})), zone)) == [("firing", 1, 0.1)]


def test_tentative_tracks_do_not_count(tracks_at: TracksAt, play: Play, rule: Rule) -> None:
    frames = [tracks_at(index * 0.1, {1: IN}, young=[1]) for index in range(10)]
    assert play(frames, rule("zone", zone="door")) == []


def test_short_step_outside_does_not_resolve(tracks_at: TracksAt, play: Play, rule: Rule, brief: Brief) -> None:
    zone = rule("zone", zone="door", for_="200ms", resolve_after="1s")
    frames = film(tracks_at, (5, {1: IN}), (8, {1: OUT}), (5, {1: IN}), (12, {1: OUT}))
    assert brief(play(frames, zone)) == [("firing", 1, 0.2), ("resolved", 1, 2.7)]


def test_lost_person_is_neither_in_nor_out(tracks_at: TracksAt, play: Play, rule: Rule, brief: Brief) -> None:
    zone = rule("zone", zone="door", for_="200ms", resolve_after="300ms")
    frames = [tracks_at(index * 0.1, {1: IN}) for index in range(5)]
    frames += [tracks_at(0.5 + index * 0.1, {1: OUT}, lost=[1]) for index in range(15)]
    assert brief(play(frames, zone)) == [("firing", 1, 0.2)]
    back = [tracks_at(2.0, {1: IN})]
    assert brief(play(frames + back, zone, end=True)) == [("firing", 1, 0.2), ("resolved", 1, 2.0)]
    gone = [tracks_at(2.0, {})]
    (_, ended) = play(frames + gone, zone)
    assert (ended.ended_at_ns, ended.pts_seconds) == (400_000_000, 2.0)


def test_ended_track_waits_for_resolve_after(tracks_at: TracksAt, play: Play, rule: Rule, brief: Brief) -> None:
    zone = rule("zone", zone="door", for_="200ms", resolve_after="1s")
    frames = film(tracks_at, (5, {1: IN}), (15, {}))
    assert brief(play(frames, zone)) == [("firing", 1, 0.2), ("resolved", 1, 1.4)]


def test_each_person_has_an_alert(tracks_at: TracksAt, play: Play, rule: Rule, brief: Brief) -> None:
    frames = film(tracks_at, (5, {1: IN, 2: (900, 500), 3: OUT}))
    assert brief(play(frames, rule("zone", zone="door"), end=True)) == [
        ("firing", 1, 0.2),
        ("firing", 2, 0.2),
        ("resolved", 1, 0.4),
        ("resolved", 2, 0.4),
    ]


def test_rules_for_other_cameras_or_zones_are_passed_over(tracks_at: TracksAt, play: Play, rule: Rule) -> None:
    frames = film(tracks_at, (5, {1: IN}))
    assert play(frames, rule("zone", zone="window")) == []
    assert play(frames, rule("zone", zone="door", cameras=["yard"])) == []
    assert len(play(frames, rule("zone", zone="door", cameras=["yard", "lobby"]))) == 1


def test_cooldown_mutes_but_records(tracks_at: TracksAt, play: Play, rule: Rule) -> None:
    zone = rule("zone", zone="door", for_="200ms", resolve_after="200ms", cooldown="3s")
    visits = [(4, {1: IN}), (6, {1: OUT})] * 4
    alerts = play(film(tracks_at, *visits), zone)
    assert [one.muted for one in alerts] == [False, False, True, True, True, True, False, False]
    assert len({one.id for one in alerts}) == 4


def test_cooldown_is_of_each_person(tracks_at: TracksAt, play: Play, rule: Rule) -> None:
    zone = rule("zone", zone="door", resolve_after="200ms", cooldown="60s")
    alerts = play(film(tracks_at, (4, {1: IN, 2: OUT}), (6, {1: OUT, 2: OUT}), (4, {1: OUT, 2: IN})), zone)
    assert [(one.track_id, one.muted) for one in alerts] == [(1, False), (1, False), (2, False)]


def test_long_wait_survives_a_flicker(tracks_at: TracksAt, play: Play, rule: Rule, brief: Brief) -> None:
    zone = rule("loiter", zone="door", for_="2s")
    frames = film(tracks_at, (10, {1: IN}), (2, {1: OUT}), (15, {1: IN}))
    assert brief(play(frames, zone)) == [("firing", 1, 2.0)]
    assert play(film(tracks_at, (10, {1: IN}), (12, {1: OUT}), (15, {1: IN})), zone) == []
