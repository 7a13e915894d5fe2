"""Camera rules in `alert`: over a real broker, whatever happens to the worker, and without tracks."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from lab.installation import wait_until
from lab.memory_state import DictState
from lab.records import read_all, records
from lab.workers import wait_with, workers
from posestream.clock import SettableClock
from posestream.config import Config, KafkaConfig
from posestream.messaging.alert_message import read_alert
from posestream.messaging.event_producer import EventProducer
from posestream.messaging.health_message import CameraHealth, health_headers, health_key, write_health
from posestream.messaging.topics import HEALTH
from posestream.schemas import Alert, AlertState
from posestream.service import Service
from postprocess.rules import CameraReport, empty_rules_state, end_reports, judge_report
from sinks.camera_alerts import Gone, ReportJudging, reading
from sinks.control_table import ControlTable
from sinks.kept_state import keep
from sinks.rulebook import Rulebook
from sinks.stage_meter import LatelySeen, StageMeter

START_NS = 1_750_000_000_000_000_000
CONFIG: dict[str, Any] = {
    "site": "here",
    "cameras": [{"id": name, "url": "rtsp://10.0.0.7/a"} for name in ("hall", "yard")],
    "rules": [
        {"id": "lost", "kind": "camera", "state": ["down", "frozen"], "for": "30s", "resolve_after": "5s"},
        {"id": "night", "kind": "camera", "state": "dark", "for": "3s", "severity": "info", "cameras": ["hall"]},
    ],
}


def health_of(camera: str, second: float, state: str = "live", *reasons: str, epoch: int = 7) -> CameraHealth:
    """Give what `ingest` tells of a camera in a second."""
    return CameraHealth(
        camera=camera,
        worker="ingest/w1",
        state=state,
        at_ns=START_NS + round(second * 1e9),
        epoch=epoch,
        frames_decoded=0,
        frames_produced=0,
        frames_delivered=0,
        frames_dropped={},
        reconnects=0,
        fps=0.0,
        reasons=reasons,
    )


def told(camera: str) -> list[CameraHealth]:
    """Give two minutes of a camera that is down, back for a moment, down, well, frozen, down and well again."""
    parts = [(40, "down"), (3, "live"), (20, "refused"), (20, "live"), (35, "live", "frozen"), (20, "live", "dark")]
    film: list[CameraHealth] = []
    for number, (count, state, *reasons) in enumerate(parts):
        film += [health_of(camera, len(film) + index, state, *reasons, epoch=7 + number) for index in range(count)]
    return film


def send_health(kafka: KafkaConfig, reports: Iterable[CameraHealth]) -> None:
    with EventProducer(kafka) as producer:
        for health in reports:
            producer.send(HEALTH, health_key(health), write_health(health), health_headers(health, "here"))


def alerts_of(kafka: KafkaConfig) -> list[Alert]:
    return [alert for _, alert in read_all(records(kafka, "alerts"), read_alert) if alert.rule != "silent"]


def wanted_of(films: Iterable[list[CameraHealth]]) -> dict[str, Alert]:
    """Give what the pure rules say of the films, by id and state."""
    config, wanted = Config.model_validate(CONFIG), {}
    for film in films:
        state = empty_rules_state()
        for one in film:
            if one.state == "stopped":
                state, news = end_reports(state)
            else:
                report = CameraReport.told(one.camera, one.epoch, one.at_ns, one.state, one.reasons)
                state, news = judge_report(state, report, Rulebook(config).of(one.camera)[1])
            wanted |= {f"{alert.id} {alert.state}": alert for alert in news}
    return wanted


def as_sent(alerts: dict[str, Alert]) -> dict[str, tuple[Any, ...]]:
    """Give what must be the same on the topic: times there are exact to the microsecond."""
    return {
        key: (one.rule, one.camera_id, one.epoch, one.frame_index, one.started_at_ns // 1000, round(one.value, 3))
        for key, one in alerts.items()
    }


@pytest.mark.kafka
def test_a_worker_killed_in_between_neither_loses_nor_doubles_an_alert_and_needs_no_tracks(
    kafka: KafkaConfig, tmp_path: Path
) -> None:
    films = [told(camera) for camera in ("hall", "yard")]
    both = [one for pair in zip(*films, strict=True) for one in pair]
    wanted = wanted_of(films)
    assert len(wanted) == 4 * 2 + 1 * 2 - 1, "lost fires and ends twice a camera, night fires at one of them"
    with workers(kafka, tmp_path, CONFIG) as installation:
        for part in (both[:70], both[70:100], both[100:]):
            send_health(kafka, part)
            installation.start("alert")
            last = {one.camera: one for one in part}
            fired = len(
                wanted_of(
                    [
                        [one for one in both if one.at_ns <= last[camera].at_ns and one.camera == camera]
                        for camera in last
                    ]
                )
            )
            wait_with(installation, "alert/w1", lambda fired=fired: len(alerts_of(kafka)) >= fired, "its alerts")
            installation.kill("alert/w1")
        installation.start("alert")
        send_health(kafka, [health_of("hall", 200, "stopped")])
        wait_with(installation, "alert/w1", lambda: len(alerts_of(kafka)) > len(wanted), "the end of what is stopped")
        assert installation.terminate("alert/w1")[0] == 0
    found = alerts_of(kafka)
    assert as_sent({f"{one.id} {one.state}": one for one in found}) == as_sent(
        wanted_of([[*films[0], health_of("hall", 200, "stopped")], films[1]])
    )
    by_key: dict[str, set[tuple[float, int]]] = {}
    for one in found:
        by_key.setdefault(f"{one.id} {one.state}", set()).add((one.value, one.frame_index))
    assert all(len(contents) == 1 for contents in by_key.values()), "a repeat has the same content"
    assert len({one.id for one in found if one.rule == "lost" and one.camera_id == "hall"}) == 2


@pytest.mark.slow
@pytest.mark.kafka
def test_an_open_alert_outlasts_a_dead_ingest_and_ends_with_a_deleted_camera(
    kafka: KafkaConfig, tmp_path: Path
) -> None:
    with workers(kafka, tmp_path, CONFIG) as installation:
        installation.start("alert")
        send_health(kafka, [health_of("yard", second, "down") for second in range(35)])
        [fired] = wait_with(installation, "alert/w1", lambda: alerts_of(kafka), "the alert")
        # Ten minutes of nothing, then a new ingest that has not reached it yet.
        send_health(kafka, [health_of("yard", 600 + second, "connecting", epoch=9) for second in range(20)])
        send_health(kafka, [health_of("yard", 620 + second, "down", epoch=9) for second in range(3)])
        with EventProducer(kafka) as producer:
            producer.send(HEALTH, "hall", b"{", [])  # for the watcher to report, once
            producer.send(HEALTH, "yard", None, [])
        wait_with(installation, "alert/w1", lambda: len(alerts_of(kafka)) > 1, "its end")
        wait_until(lambda: records(kafka, "dead-letters"), "the dead letter")
        assert installation.terminate("alert/w1")[0] == 0
    assert [(one.id, one.state) for one in alerts_of(kafka)] == [
        (fired.id, AlertState.FIRING),
        (fired.id, AlertState.RESOLVED),
    ]
    assert alerts_of(kafka)[1].value == 622.0
    assert [record.value for record in records(kafka, "dead-letters")] == [b"{"]


def test_only_cameras_and_what_is_not_of_the_future_is_read() -> None:
    read = reading(SettableClock(START_NS))
    health = health_of("hall", 0)
    headers = [
        (name, value.encode() if isinstance(value, str) else value) for name, value in health_headers(health, "s")
    ]
    assert read(b"hall", write_health(health), headers) == health
    late = health_of("hall", 3601)
    assert read(b"hall", write_health(late), headers) is None
    assert read(b"hall", b"{", headers) is None
    assert read(None, write_health(health), headers) is None
    assert read(b"worker/ingest/w1", None, []) is None
    assert read(b"hall", None, []) == Gone("hall")


@pytest.fixture
def judging(lone_service: Callable[..., Service]) -> ReportJudging:
    service = lone_service("alert")
    meter = StageMeter(service, LatelySeen(service.clock))
    return ReportJudging(Rulebook(Config.model_validate(CONFIG)), meter, ControlTable().suspended)


def test_a_repeat_changes_nothing_and_a_clock_that_was_set_back_is_followed(judging: ReportJudging) -> None:
    state = DictState()
    for second in range(20):
        assert judging(health_of("yard", second, "down"), state) == []
    before = dict(state.content)
    assert [judging(health_of("yard", second, "live"), state) for second in (19, 5, 0)] == [[], [], []]
    assert state.content == before
    found = [alert for second in range(-3600, -3550) for alert in judging(health_of("yard", second, "down"), state)]
    assert [alert.state for alert in found] == [AlertState.FIRING]


def test_a_camera_that_is_deleted_before_anything_was_known_of_it(judging: ReportJudging) -> None:
    assert judging(Gone("attic"), DictState()) == []


@pytest.mark.parametrize("health", [health_of("yard", 0, "down"), Gone("yard")])
def test_a_state_that_cannot_be_read_is_given_up_and_said(judging: ReportJudging, health: CameraHealth | Gone) -> None:
    state = DictState()
    keep(state, "camera-rules", b"\x63 of another time")
    with capture_logs() as logs:
        assert judging(health, state) == []
        assert judging(health, state) == []
    assert [(line["event"], line["camera"]) for line in logs] == [("state_lost", "yard")]
