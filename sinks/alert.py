"""``posestream alert``: tracks and the cameras' health to the alerts topic, with each camera's rules in Quix' store.

Guarantee: every alert that the rules give on the tracks topic is sent, under an id that a repeat has again; a worker
that is killed goes on from the last commit. Nothing is resolved at the end of the service: the stream goes on later.
An event that is not later than the camera's last one is a repeat and passed over. Rules about the camera itself are
judged from its health (see `camera_alerts`). Besides, it watches that the services and cameras give signs of life
(see `watch`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posestream.clock import SystemClock
from posestream.config import CameraConfig, Config, RuleConfig
from posestream.following import following
from posestream.messaging.alert_message import alert_head, write_alert
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.events import read_tracks, write_tracks
from posestream.messaging.topics import ALERTS, CONTROL, HEALTH, TRACKS
from posestream.schemas import Alert, Tracks
from posestream.service import Service, ServiceOptions, running
from postprocess.rules import empty_rules_state, judge
from postprocess.rules.state import RulesState
from postprocess.rules.suspension import Suspended, with_suspended
from sinks.camera_alerts import ReportJudging, camera_alerts
from sinks.control_table import ControlTable
from sinks.kept_state import ByteState, keep, kept
from sinks.rulebook import Rulebook
from sinks.rules_bytes import rules_from_bytes, rules_to_bytes
from sinks.stage_meter import LatelySeen, StageMeter, is_later
from sinks.stream import StreamApplication, bytes_topic, events, run_stream, without_letters
from sinks.timely import timely
from sinks.topic_follower import TopicFollower
from sinks.track import stream_options
from sinks.tracker_bytes import UnreadableState
from sinks.watch import watching

KEPT_AS = "rules"
_CONTROL_PART = "control"
_FAULTS = (ArithmeticError, LookupError, TypeError, ValueError)
Judge = Callable[[RulesState, Tracks, CameraConfig, tuple[RuleConfig, ...]], tuple[RulesState, tuple[Alert, ...]]]


def serve(config: Config, options: ServiceOptions, *, path: Path | None = None) -> int:
    """Run until told to stop; gives the exit code.

    ``path`` is the config's file: zones and rules that change in it hold from then on, each camera's state goes on.
    """
    seen, table = LatelySeen(SystemClock()), ControlTable()
    with running("alert", config, options, parts=(_CONTROL_PART,), cameras=seen, writes=True) as service:
        if not service.wait_for_topics((TRACKS, HEALTH, ALERTS, CONTROL)):
            return service.exit_code
        with TopicFollower(service, "control", {CONTROL: table.heard}) as follower, watching(service, table):
            # An alert that fires while its suspension is not yet read would be told to somebody.
            if follower.wait_caught_up():
                service.readiness.ready(_CONTROL_PART)
                judging = Judging(Rulebook(config), StageMeter(service, seen), table.suspended)
                with following(service, path, lambda new, _: judging.rulebook.take(new), opens_cameras=False):
                    run_stream(service, stream_options(config), lambda app: _build(service, app, judging))
        return service.exit_code


def _build(service: Service, app: StreamApplication, judging: "Judging") -> None:
    tracks, _ = events(service, app, TRACKS, timely(read_tracks, service.clock))
    counter = service.metrics.counter("alerts", "Alerts that fired", ("camera", "severity", "rule"))

    def headed(alert: Alert, *_: object) -> Any:  # noqa: ANN401  # Quix' type of headers knows no None
        if alert.ended_at_ns is None:
            camera = judging.meter.label(alert.camera_id)
            counter.labels(camera=camera, severity=alert.severity.value, rule=alert.rule).inc()
        return alert_head(alert, service.config.site)

    alerts = without_letters(service, app, tracks.apply(judging, stateful=True, expand=True))
    of_cameras = camera_alerts(service, app, ReportJudging(judging.rulebook, judging.meter, judging.suspended))
    topic = bytes_topic(app, service.config.kafka.topic(ALERTS))
    for news in (alerts, of_cameras):
        news.set_headers(headed).apply(write_alert).to_topic(topic)


@dataclass(frozen=True)
class Judging:
    """The stage: an event and its camera's state to the alerts that fired or were resolved.

    An event that cannot be judged gives a dead letter. If the state is to blame, the camera starts anew with it.
    """

    rulebook: Rulebook
    meter: StageMeter
    suspended: Suspended
    judge: Judge = judge

    def __call__(self, tracks: Tracks, state: ByteState) -> list[Alert | DeadLetter]:
        """Give the alerts and keep the state."""
        rules, stamp = self._state(tracks, state), tracks.poses.stamp
        last = rules.stamp
        if last is not None and not is_later(stamp, last.epoch, last.captured_at_ns):
            self.meter.repeated(stamp, last.epoch)
            return []
        self.meter.came(stamp)
        try:
            return self._judged(rules, tracks, state)
        except _FAULTS as exc:
            fault = exc
        try:
            alerts = self._judged(empty_rules_state(), tracks, state)
        except _FAULTS:
            return [self.meter.failed(stamp, fault, lambda: write_tracks(tracks))]
        self.meter.state_lost(stamp.camera_id, fault)
        return alerts

    def _judged(self, rules: RulesState, tracks: Tracks, state: ByteState) -> list[Alert | DeadLetter]:
        rules, alerts = self.judge(rules, tracks, *self.rulebook.of(tracks.poses.stamp.camera_id))
        rules, alerts = with_suspended(rules, alerts, self.suspended)
        keep(state, KEPT_AS, rules_to_bytes(rules))
        return list(alerts)

    def _state(self, tracks: Tracks, state: ByteState) -> RulesState:
        data = kept(state, KEPT_AS)
        if data is None:
            return empty_rules_state()
        try:
            return rules_from_bytes(data)
        except UnreadableState as exc:
            self.meter.state_lost(tracks.poses.stamp.camera_id, exc)
            return empty_rules_state()
