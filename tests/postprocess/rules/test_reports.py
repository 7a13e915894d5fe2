"""Camera rules from the first report to the end of an alert."""

import dataclasses
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posestream.config.rules import RuleConfig
from posestream.schemas import Alert, AlertState, Severity, Tracks
from posestream.schemas.alert import alert_id
from postprocess.rules import CameraReport, RulesState, empty_rules_state, end_reports, finish, judge, judge_report
from postprocess.rules.suspension import with_suspended

Rule = Callable[..., RuleConfig]
Said = tuple[float, str, tuple[str, ...], int]
START = 1_750_000_000
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def told(*parts: tuple[int, str] | tuple[int, str, str], epoch: int = 1) -> list[Said]:
    """Give a report a second: (how many, state, reason) one after the other; each part is an epoch of its own."""
    said: list[Said] = []
    for number, (count, state, *reasons) in enumerate(parts):
        said += [(len(said) + index, state, tuple(reasons), epoch + number) for index in range(count)]
    return said


def run(said: Iterable[Said], *rules: RuleConfig) -> tuple[RulesState, list[Alert]]:
    state, alerts = empty_rules_state(), list[Alert]()
    for seconds, word, reasons, epoch in said:
        report = CameraReport.told("lobby", epoch, round((START + seconds) * 1e9), word, reasons)
        state, news = judge_report(state, report, rules)
        alerts += news
    return state, alerts


def brief(alerts: Sequence[Alert]) -> list[tuple[str, float]]:
    """Give the states, and the second of the report that changed each."""
    return [(one.state.value, one.frame_index / 1000 - START) for one in alerts]


def test_no_report_no_alert(rule: Rule) -> None:
    state, alerts = run([], rule("camera", state="down"))
    assert (alerts, finish(state), end_reports(state)) == ([], (), (state, ()))


def test_a_camera_that_stays_down_fires_once_and_is_resolved_when_it_is_well(rule: Rule) -> None:
    lost = rule("camera", state=["down", "frozen"], severity="critical")
    _, alerts = run(told((5, "live"), (40, "down"), (30, "live")), lost)
    assert brief(alerts) == [("firing", 35.0), ("resolved", 54.0)]
    fired, ended = alerts
    assert (fired.rule, fired.kind, fired.camera_id) == ("camera", "camera", "lobby")
    assert (fired.zone, fired.line, fired.track_id, fired.severity) == (None, None, None, Severity.CRITICAL)
    assert (fired.started_at_ns, fired.ended_at_ns) == ((START + 5) * 10**9, None)
    assert (fired.value, ended.value, fired.epoch, ended.epoch) == (30.0, 39.0, 2, 2)
    assert ended.ended_at_ns == (START + 44) * 10**9
    index = (START + 35) * 1000
    wanted = alert_id(rule="camera", camera_id="lobby", epoch=2, place=None, track_id=None, first_firing_frame=index)
    assert (fired.id, ended.id, fired.frame_index) == (wanted, wanted, index)


@pytest.mark.parametrize("seconds", [1, 9])
def test_an_alert_goes_on_over_reconnects(rule: Rule, seconds: int) -> None:
    comes_and_goes = [(40, "down"), *[(seconds, "live"), (3, "connecting"), (20, "down")] * 3]
    _, alerts = run(told(*comes_and_goes), rule("camera", state="down"))  # type: ignore[arg-type]
    assert brief(alerts) == [("firing", 30.0)]


def test_short_connects_do_not_hide_that_a_camera_is_down(rule: Rule) -> None:
    _, alerts = run(told((20, "down"), (2, "live"), (20, "refused")), rule("camera", state="down"))
    assert brief(alerts) == [("firing", 30.0)]


def test_a_trouble_of_the_picture_is_not_over_while_no_pictures_come(rule: Rule) -> None:
    film = told((40, "live", "frozen"), (60, "down"), (5, "live", "frozen"), (60, "down"), (20, "live"))
    _, alerts = run(film, rule("camera", state="frozen"))
    assert [(state, at) for state, at in brief(alerts)] == [("firing", 30.0), ("resolved", 174.0)]


def test_an_alert_outlasts_a_break_in_the_reports_and_nothing_pending_does(rule: Rule) -> None:
    lost = rule("camera", state="down")
    fires = [(float(at), "down", (), 1) for at in range(35)]
    late = [(float(at), "live", (), 2) for at in range(1000, 1020)]
    _, alerts = run([*fires, *late], lost)
    assert brief(alerts) == [("firing", 30.0), ("resolved", 1010.0)]
    assert alerts[1].value == 34.0
    _, alerts = run([*fires[:29], *((at, "down", (), 1) for at in (100.0, 101.0))], lost)
    assert alerts == []
    _, alerts = run([*fires[:29], *((at, "down", (), 1) for at in (50.0, 51.0))], lost)
    assert brief(alerts) == [("firing", 50.0)]


def test_a_clock_that_is_set_back_neither_fires_nor_blinds(rule: Rule) -> None:
    down = [(float(at), "down", (), 1) for at in (*range(20), *range(-3600, -3560))]
    _, alerts = run(down, rule("camera", state="down"))
    assert [one.state for one in alerts] == [AlertState.FIRING]


def test_a_camera_that_is_stopped_on_purpose_ends_its_alerts_and_keeps_its_cooldowns(rule: Rule) -> None:
    lost = rule("camera", state="down", cooldown="1h", for_="2s")
    state, (fired,) = run(told((10, "down")), lost)
    state, (ended,) = end_reports(state)
    assert (ended.id, ended.state, ended.value) == (fired.id, AlertState.RESOLVED, 9.0)
    assert finish(state) == ()
    again: tuple[Alert, ...] = ()
    for at in range(10, 20):
        report = CameraReport.told("lobby", 2, (START + at) * 10**9, "down", ())
        state, news = judge_report(state, report, [lost])
        again += news
    assert [(one.state, one.muted) for one in again] == [(AlertState.FIRING, True)]


def test_rules_of_other_cameras_and_kinds_are_passed_over_and_one_taken_away_is_resolved(rule: Rule) -> None:
    others = rule("camera", state="down", for_="1s", cameras=["yard"], id="others")
    ours = rule("camera", state="down", for_="1s", cameras=["lobby"], id="ours")
    crowd = rule("crowd", more_than=0)
    state, alerts = run(told((5, "down")), others, ours, crowd)
    assert [one.rule for one in alerts] == ["ours"]
    report = CameraReport.told("lobby", 1, (START + 5) * 10**9, "down", ())
    state, news = judge_report(state, report, [others, crowd])
    assert [(one.id, one.state) for one in news] == [(alerts[0].id, AlertState.RESOLVED)]
    assert state.memories == ()


def test_suspended_camera_alerts_are_muted(rule: Rule) -> None:
    state, muted = empty_rules_state(), list[bool]()
    for at in range(5):
        report = CameraReport.told("lobby", 1, (START + at) * 10**9, "down", ())
        state, news = with_suspended(
            *judge_report(state, report, [rule("camera", state="down", for_="1s")]), lambda *_: True
        )
        muted += [one.muted for one in news]
    assert muted == [True]


def test_tracks_know_nothing_of_camera_rules(rule: Rule, tracks_at: Callable[..., Tracks], camera: Any) -> None:  # noqa: ANN401  # a fixture's
    state, _ = judge(empty_rules_state(), tracks_at(0.0, {}), camera, [rule("camera", state="down")])
    assert state.memories == ()


words = st.sampled_from(["live", "down", "refused", "connecting"])
films = st.lists(
    st.tuples(
        st.sampled_from([0.5, 1.0, 1.0, 5.0, 40.0]), words, st.sets(st.sampled_from(["dark", "frozen"])), st.booleans()
    ),
    max_size=40,
)


@quick
@given(films)
def test_every_alert_is_resolved_once_and_a_repeat_gives_the_same(rule: Rule, film: list[Any]) -> None:
    rules = [rule("camera", state=["down", "dark"], for_="3s"), rule("camera", state="frozen", for_="0s", id="still")]
    said, now, epoch = list[Said](), 0.0, 1
    for step, word, reasons, rise in film:
        now, epoch = now + step, epoch + rise
        said.append((now, word, tuple(sorted(reasons)), epoch))
    state, alerts = run(said, *rules)
    assert run(said, *rules) == (state, alerts)
    assert json.loads(json.dumps(dataclasses.asdict(state)))["persons"] == []
    alerts += finish(state)
    fired = {one.id: one for one in alerts if one.state is AlertState.FIRING}
    ended = [one for one in alerts if one.state is AlertState.RESOLVED]
    assert len(fired) + len(ended) == len(alerts)
    assert sorted(fired) == sorted(one.id for one in ended)
    for one in ended:
        assert one.value >= fired[one.id].value
        assert one.started_at_ns == fired[one.id].started_at_ns <= (one.ended_at_ns or 0)
