"""Suspended alerts are recorded; nobody is told of their begin, nor of their end, nor kept from hearing of the next."""

from collections.abc import Callable

import pytest

from posestream.config.cameras import CameraConfig
from posestream.config.rules import RuleConfig
from posestream.schemas import Alert, Tracks
from postprocess.rules import empty_rules_state, judge
from postprocess.rules.suspension import Suspended, with_suspended

IN, OUT = {1: (800.0, 500.0)}, {1: (200.0, 500.0)}


def never(_camera: str, _rule: str, _at_ns: int) -> bool:
    return False


def first_three_seconds(camera: str, rule: str, at_ns: int) -> bool:
    return (camera, rule) == ("lobby", "zone") and at_ns < 3_000_000_000


@pytest.fixture
def muted(
    camera: CameraConfig, rule: Callable[..., RuleConfig], tracks_at: Callable[..., Tracks]
) -> Callable[..., list[tuple[str, bool]]]:
    """Give (state, muted) of the alerts of somebody who is in the zone from 1 to 2 s and from 4 to 5 s."""

    def run(suspended: Suspended, **keys: str) -> list[tuple[str, bool]]:
        state, sent = empty_rules_state(), list[Alert]()
        for step in range(70):
            inside = 10 <= step < 20 or 40 <= step < 50
            state, alerts = judge(state, tracks_at(step / 10, IN if inside else OUT), camera, [rule("zone", **keys)])
            state, alerts = with_suspended(state, alerts, suspended)
            sent += alerts
        return [(alert.state.value, alert.muted) for alert in sent]

    return run


def test_without_frames_there_is_nothing_to_mute() -> None:
    assert with_suspended(empty_rules_state(), (), first_three_seconds) == (empty_rules_state(), ())


def test_nothing_changes_without_a_suspension(muted: Callable[..., list[tuple[str, bool]]]) -> None:
    assert muted(never, zone="door") == [("firing", False), ("resolved", False)] * 2


def test_begin_and_end_of_a_suspended_alert_are_muted_and_the_next_is_not(
    muted: Callable[..., list[tuple[str, bool]]],
) -> None:
    found = muted(first_three_seconds, zone="door")
    assert found == [("firing", True), ("resolved", True), ("firing", False), ("resolved", False)]


def test_an_end_is_muted_as_its_begin_was_even_after_the_suspension(
    muted: Callable[..., list[tuple[str, bool]]],
) -> None:
    found = muted(lambda _camera, _rule, at_ns: at_ns < 1_500_000_000, zone="door")
    assert found[:2] == [("firing", True), ("resolved", True)]


def test_a_suspension_that_begins_later_does_not_hide_the_end(muted: Callable[..., list[tuple[str, bool]]]) -> None:
    found = muted(lambda _camera, _rule, at_ns: 1_500_000_000 < at_ns < 3_000_000_000, zone="door")
    assert found[:2] == [("firing", False), ("resolved", False)]


@pytest.mark.parametrize(
    ("suspended", "second"), [(never, True), (first_three_seconds, False)], ids=["told", "suspended"]
)
def test_a_cooldown_runs_only_from_an_alert_that_somebody_was_told_of(
    muted: Callable[..., list[tuple[str, bool]]], suspended: Suspended, second: bool
) -> None:
    found = muted(suspended, zone="door", cooldown="60s")
    assert found[2] == ("firing", second)


def test_only_the_memory_of_the_muted_rule_changes(
    camera: CameraConfig, rule: Callable[..., RuleConfig], tracks_at: Callable[..., Tracks]
) -> None:
    rules = [rule("zone", zone="door"), rule("zone", id="quiet", zone="door")]
    state, alerts = empty_rules_state(), ()
    for step in range(20):
        state, alerts = judge(state, tracks_at(step / 10, IN), camera, rules)
        if alerts:
            break
    muted, told = with_suspended(state, alerts, lambda _camera, one, _at_ns: one == "quiet")
    assert sorted((alert.rule, alert.muted) for alert in told) == [("quiet", True), ("zone", False)]
    changed = [after for before, after in zip(state.memories, muted.memories, strict=True) if after != before]
    assert len(changed) == 1
