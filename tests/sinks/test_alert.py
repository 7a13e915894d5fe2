"""``posestream alert`` over a real broker: whatever happens to it, the alerts are those of the pure rules."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from quixstreams.context import set_message_context
from quixstreams.models import MessageContext
from structlog.testing import capture_logs

from lab.memory_state import DictState
from lab.records import read_all, records
from lab.truth import Verdict, check_alerts, firing_ids
from lab.walkers import START_NS, endless_tracks, messages_of, send_tracks, tracked, walk
from lab.workers import fed, wait_with, workers
from posestream.config import Config, KafkaConfig
from posestream.messaging.alert_message import read_alert
from posestream.messaging.control_message import Suspension
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.event_producer import EventProducer
from posestream.messaging.events import write_tracks
from posestream.messaging.topics import CONTROL
from posestream.schemas import Alert, AlertState
from posestream.service import Service
from postprocess.rules import judge
from postprocess.rules.state import RulesState
from sinks.alert import Judging
from sinks.control_table import ControlTable, tell
from sinks.kept_state import keep
from sinks.rulebook import Rulebook
from sinks.stage_meter import LatelySeen, StageMeter

CAMERAS = ("hall", "lobby", "yard")
DOOR = [[0.3, 0], [0.7, 0], [0.7, 1], [0.3, 1]]
CONFIG: dict[str, Any] = {
    "site": "here",
    "cameras": [{"id": name, "url": "file:made.mp4", "zones": [{"id": "door", "polygon": DOOR}]} for name in CAMERAS],
    "rules": [
        {"id": "in", "kind": "zone", "zone": "door", "cooldown": "20s"},
        {"id": "stay", "kind": "loiter", "radius": 0.4, "for": "1s"},
        {"id": "anyone", "kind": "crowd", "within": 1.0, "more_than": 0, "severity": "critical"},
    ],
}


def alerts_of(kafka: KafkaConfig) -> list[Alert]:
    return [alert for _, alert in read_all(records(kafka, "alerts"), read_alert)]


@pytest.mark.kafka
def test_the_alerts_are_those_of_the_rules_and_repeats_are_passed_over(kafka: KafkaConfig, tmp_path: Path) -> None:
    films = [tracked(walk(camera, 60)) for camera in CAMERAS]
    for film in films:
        send_tracks(kafka, [*film[:30], *film[10:]])
    send_tracks(kafka, tracked(walk("attic", 60)))
    with workers(kafka, tmp_path, CONFIG) as installation:
        installation.start("alert")
        done = "posestream_events_total"
        wait_with(
            installation,
            "alert/w1",
            lambda: sum(n for name, n in installation.figures("alert/w1").items() if name.startswith(done)) >= 240,
            "all events",
        )
        figures = installation.figures("alert/w1")
        code, seconds = installation.terminate("alert/w1")
    assert (code, seconds < 10) == (0, True)
    found = records(kafka, "alerts")
    known = [record for record in found if record.key != b"attic"]
    verdict = check_alerts(Config.model_validate(CONFIG), records(kafka, "tracks"), known)
    assert verdict.wrong == []
    assert verdict.counts["repeated"] == 0
    assert verdict.counts["changes"] > 10
    assert {alert.rule for alert in alerts_of(kafka) if alert.camera_id == "attic"} == {"stay", "anyone"}
    assert figures['posestream_events_total{camera="other"}'] == 60
    assert figures['posestream_events_repeated_total{camera="hall"}'] == 20
    fired = [alert for alert in alerts_of(kafka) if alert.state is AlertState.FIRING and alert.camera_id != "attic"]
    counted = {name: n for name, n in figures.items() if name.startswith("posestream_alerts_total")}
    assert sum(n for name, n in counted.items() if "other" not in name) == len(fired)
    assert counted['posestream_alerts_total{camera="hall",rule="anyone",severity="critical"}'] >= 1


@pytest.mark.slow
@pytest.mark.kafka
@pytest.mark.parametrize("delivery", [pytest.param("at-least-once", marks=pytest.mark.long), "exactly-once"])
def test_a_worker_killed_again_and_again_raises_what_an_unharmed_one_raises(
    kafka: KafkaConfig, tmp_path: Path, delivery: str
) -> None:
    rng, config = np.random.default_rng(11), Config.model_validate(CONFIG)

    def verdict() -> Verdict:
        return check_alerts(config, records(kafka, "tracks"), records(kafka, "alerts"))

    with workers(kafka, tmp_path, CONFIG | {"kafka": {"delivery": delivery}}) as installation:
        with fed(send_tracks, kafka, endless_tracks(CAMERAS, persons=3, seed=3), 100):
            for _ in range(4):
                aim = messages_of(kafka, "alerts") + int(rng.integers(1, 60))
                installation.start("alert")
                wait_with(installation, "alert/w1", lambda aim=aim: messages_of(kafka, "alerts") >= aim, "alerts")
                installation.kill("alert/w1")
        installation.start("alert")
        wait_with(installation, "alert/w1", lambda: not verdict().wrong, "the alerts of the rules, and no others")
        assert installation.terminate("alert/w1")[0] == 0
    assert verdict().wrong == []
    assert verdict().counts["changes"] > 50
    if delivery == "exactly-once":
        assert verdict().counts["repeated"] == 0


@pytest.mark.slow
@pytest.mark.kafka
def test_what_fires_goes_on_over_a_kill_and_a_new_epoch(kafka: KafkaConfig, tmp_path: Path) -> None:
    before, after = tracked(walk("hall", 50)), tracked(walk("hall", 50, epoch=20))
    with workers(kafka, tmp_path, CONFIG) as installation:
        send_tracks(kafka, before)
        installation.start("alert")
        seen = lambda count: wait_with(  # noqa: E731  # twice
            installation,
            "alert/w1",
            lambda: installation.figures("alert/w1").get('posestream_events_total{camera="hall"}', 0) >= count,
            f"{count} events",
        )
        seen(50)
        installation.terminate("alert/w1")
        installation.start("alert")
        send_tracks(kafka, after)
        seen(50)
        installation.terminate("alert/w1")
    assert len(firing_ids(records(kafka, "alerts"), "anyone", "hall")) == 1
    states = [alert.state for alert in alerts_of(kafka) if alert.rule == "anyone"]
    assert states == [AlertState.FIRING], "the end of a service is no end of an alert"


@pytest.mark.slow
@pytest.mark.kafka
def test_a_rule_that_is_taken_out_of_the_config_resolves_its_alerts(kafka: KafkaConfig, tmp_path: Path) -> None:
    film = tracked(walk("hall", 60))
    for rules, part in ((CONFIG["rules"], film[:40]), (CONFIG["rules"][:2], film[40:])):
        with workers(kafka, tmp_path, CONFIG | {"rules": rules}) as installation:
            installation.start("alert")
            send_tracks(kafka, part)
            wait_with(
                installation,
                "alert/w1",
                lambda part=part: (
                    installation.figures("alert/w1").get('posestream_events_total{camera="hall"}', 0) >= len(part)
                ),
                "all events",
            )
            assert installation.terminate("alert/w1")[0] == 0
    states = [alert.state for alert in alerts_of(kafka) if alert.rule == "anyone"]
    assert states == [AlertState.FIRING, AlertState.RESOLVED]


@pytest.mark.slow
@pytest.mark.kafka
def test_what_is_suspended_is_muted_and_what_cannot_be_read_of_control_is_a_dead_letter_once(
    kafka: KafkaConfig, tmp_path: Path
) -> None:
    suspension = Suspension(
        kind="suspension", camera="hall", rule="anyone", from_ns=0, until_ns=START_NS * 2, at_ns=1, by="eve"
    )
    with EventProducer(kafka) as producer:
        tell(producer, "here", suspension)
        producer.send(CONTROL, "suspension/x", b"{", [])
    for camera in ("hall", "lobby"):
        send_tracks(kafka, tracked(walk(camera, 40)))
    with workers(kafka, tmp_path, CONFIG) as installation:
        for _ in range(2):
            installation.start("alert")
            installation.wait_ready("alert/w1")
            assert installation.terminate("alert/w1")[0] == 0
        installation.start("alert")
        wait_with(
            installation,
            "alert/w1",
            lambda: {"hall", "lobby"} <= {alert.camera_id for alert in alerts_of(kafka) if alert.rule == "anyone"},
            "alerts of both cameras",
        )
        assert installation.terminate("alert/w1")[0] == 0
    assert {(alert.camera_id, alert.muted) for alert in alerts_of(kafka) if alert.rule == "anyone"} == {
        ("hall", True),
        ("lobby", False),
    }
    assert [record.value for record in records(kafka, "dead-letters")] == [b"{"]


class Refusing(Rulebook):
    """A rulebook in which one camera cannot be looked up."""

    def of(self, camera_id: str) -> Any:  # noqa: ANN401  # as its parent's
        if camera_id == "yard":
            raise KeyError(camera_id)
        return super().of(camera_id)


@pytest.fixture
def meter(lone_service: Callable[..., Service]) -> Iterator[StageMeter]:
    """Give the meter of a service that no broker hears, which works on a message of the tracks topic."""
    service = lone_service("alert")
    set_message_context(MessageContext(service.config.kafka.topic("tracks"), 1, 5, 1))
    yield StageMeter(service, LatelySeen(service.clock))
    set_message_context(None)


RULES = Config.model_validate(CONFIG)


def rules_of(found: list[Alert | DeadLetter]) -> set[str]:
    return {alert.rule for alert in found if isinstance(alert, Alert)}


def test_an_event_that_cannot_be_judged_is_a_dead_letter_and_stops_nothing(meter: StageMeter) -> None:
    judging, state = Judging(Refusing(RULES), meter, ControlTable().suspended), DictState()
    [bad] = tracked(walk("yard", 1))
    [letter] = judging(bad, state)
    assert state.content == {}
    assert rules_of([alert for tracks in tracked(walk("hall", 20)) for alert in judging(tracks, state)]) >= {"anyone"}
    assert isinstance(letter, DeadLetter)
    assert letter.reason.startswith("alert cannot answer it: KeyError")
    assert (letter.partition, letter.offset) == (1, 5)
    assert letter.message_value() == write_tracks(bad)


def test_a_state_that_no_event_can_be_judged_with_is_given_up(meter: StageMeter) -> None:
    film, state = tracked(walk("hall", 40)), DictState()

    def judge_or_fail(rules: RulesState, *others: Any) -> tuple[RulesState, tuple[Alert, ...]]:  # noqa: ANN401  # as judge
        if rules.stamp == film[19].poses.stamp:
            raise ValueError("a state that poisons")
        return judge(rules, *others)

    judging = Judging(Rulebook(RULES), meter, ControlTable().suspended, judge_or_fail)
    with capture_logs() as logs:
        found = [answer for tracks in film for answer in judging(tracks, state)]
    assert [answer for answer in found if isinstance(answer, DeadLetter)] == []
    assert [alert.rule for alert in found if isinstance(alert, Alert) and alert.state is AlertState.FIRING].count(
        "anyone"
    ) == 2, "it begins anew, without what it remembered"
    assert [(line["event"], line["camera"]) for line in logs] == [("state_lost", "hall")]


def test_rules_whose_state_cannot_be_read_start_anew_and_say_so(meter: StageMeter) -> None:
    judging, state = Judging(Rulebook(RULES), meter, ControlTable().suspended), DictState()
    keep(state, "rules", b"\x63 of another time")
    with capture_logs() as logs:
        found = [alert for tracks in tracked(walk("hall", 20)) for alert in judging(tracks, state)]
    assert rules_of(found) >= {"anyone"}
    assert [line["event"] for line in logs] == ["state_lost"]
