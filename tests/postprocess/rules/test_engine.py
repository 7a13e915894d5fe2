"""All rules of a camera together."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posestream.config.cameras import CameraConfig
from posestream.schemas import Alert, AlertState, Tracks
from postprocess.rules import RULE_KINDS, empty_rules_state, finish, judge

IN = (700.0, 500.0)
TracksAt = Callable[..., Tracks]
Play = Callable[..., list[Alert]]
Rule = Callable[..., Any]

place = st.tuples(st.integers(0, 1000).map(float), st.integers(0, 1000).map(float))
films = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.1, 0.2, 0.5, 3.0, 40.0]),
        st.dictionaries(st.integers(1, 4), place, max_size=4),
        st.integers(0, 1),
    ),
    max_size=25,
)
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def every_kind(rule: Rule) -> list[Any]:
    return [
        rule("zone", zone="door", cooldown="5s"),
        rule("loiter", radius=0.3, for_="1s"),
        rule("crowd", more_than=1, within=0.5),
        rule("camera", state="down", for_="0s"),
    ]


def shot(tracks_at: TracksAt, film: list[tuple[float, dict[int, tuple[float, float]], int]]) -> list[Tracks]:
    now, epoch, start, out = 0.0, 0, 0.0, []
    for step, feet, rise in film:
        now, epoch = round(now + step, 3), epoch + rise
        start = now if rise else start
        out.append(tracks_at(now, feet, epoch=epoch, start=start))
    return out


def test_every_kind_of_the_config_has_a_judge(rule: Rule) -> None:
    assert {one.kind for one in every_kind(rule)} == set(RULE_KINDS)


def test_rule_taken_away_resolves_its_alerts(tracks_at: TracksAt, camera: CameraConfig, rule: Rule) -> None:
    state, alerts = empty_rules_state(), ()
    for index in range(4):
        state, news = judge(state, tracks_at(index * 0.1, {1: IN}), camera, [rule("zone", zone="door")])
        alerts += news
    state, news = judge(state, tracks_at(0.4, {1: IN}), camera, [])
    assert [one.state for one in (*alerts, *news)] == [AlertState.FIRING, AlertState.RESOLVED]
    assert finish(state) == ()


def test_state_is_plain_data(tracks_at: TracksAt, camera: CameraConfig, rule: Rule) -> None:
    state = empty_rules_state()
    for index in range(20):
        state, _ = judge(state, tracks_at(index * 0.1, {1: IN, 2: (720.0, 500.0)}), camera, every_kind(rule))
    assert json.loads(json.dumps(dataclasses.asdict(state)))["memories"][0]["episodes"][0]["track_id"] == 1


@quick
@given(films)
def test_every_alert_is_resolved_once(tracks_at: TracksAt, play: Play, rule: Rule, film: list[Any]) -> None:
    alerts = play(shot(tracks_at, film), *every_kind(rule), end=True)
    fired = [one for one in alerts if one.state is AlertState.FIRING]
    ended = [one for one in alerts if one.state is AlertState.RESOLVED]
    assert len({one.id for one in fired}) == len(fired)
    assert sorted(one.id for one in fired) == sorted(one.id for one in ended)
    by_id = {one.id: one for one in fired}
    for one in ended:
        begin = by_id[one.id]
        assert (one.started_at_ns, one.track_id, one.muted) == (begin.started_at_ns, begin.track_id, begin.muted)
        assert one.started_at_ns <= (one.ended_at_ns or 0)
        assert one.value >= begin.value


@quick
@given(films)
def test_same_film_same_alerts(tracks_at: TracksAt, play: Play, rule: Rule, film: list[Any]) -> None:
    frames, rules = shot(tracks_at, film), every_kind(rule)
    assert play(frames, *rules, end=True) == play(frames, *rules, end=True)


@quick
@given(films, st.integers(1, 10**18))
def test_only_differences_of_time_count(
    tracks_at: TracksAt, play: Play, rule: Rule, film: list[Any], shift_ns: int
) -> None:
    frames, rules = shot(tracks_at, film), every_kind(rule)
    later = []
    for one in frames:
        stamp = dataclasses.replace(one.poses.stamp, captured_at_ns=one.poses.stamp.captured_at_ns + shift_ns)
        later.append(dataclasses.replace(one, poses=dataclasses.replace(one.poses, stamp=stamp)))
    shifted = [
        dataclasses.replace(
            one,
            started_at_ns=one.started_at_ns - shift_ns,
            ended_at_ns=None if one.ended_at_ns is None else one.ended_at_ns - shift_ns,
        )
        for one in play(later, *rules, end=True)
    ]
    assert shifted == play(frames, *rules, end=True)
