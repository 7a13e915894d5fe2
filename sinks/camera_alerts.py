"""The camera rules in the service `alert`: the health topic to alerts, with each camera's state in Quix' store.

Guarantee: as in `alert`: each report is judged once, in order, and the alerts of a repeat have the ids that they had;
a worker that is killed goes on from the last commit. Reports are told every second by `ingest`, whether or not its
camera is ever reached. From an `ingest` that is dead none come: nothing fires, nothing is resolved, and its end is an
alert of its own (see `silence`). A camera that is stopped on purpose, or deleted from the topic, ends its alerts.
What cannot be read is passed over here: the watcher reports it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from quixstreams.dataframe import StreamingDataFrame

from posestream.clock import Clock
from posestream.messaging.future import MOST_AHEAD_SECONDS
from posestream.messaging.headers import RawHeaders
from posestream.messaging.health_message import CameraHealth, read_health
from posestream.messaging.topics import HEALTH
from posestream.messaging.unreadable import Unreadable
from posestream.schemas import Alert
from posestream.service import Service
from postprocess.rules import CameraReport, empty_rules_state, end_reports, judge_report
from postprocess.rules.engine import LONGEST_BREAK_NS
from postprocess.rules.state import RulesState
from postprocess.rules.suspension import Suspended, with_suspended
from sinks.kept_state import ByteState, keep, kept
from sinks.rulebook import Rulebook
from sinks.rules_bytes import rules_from_bytes, rules_to_bytes
from sinks.silence import STOPPED
from sinks.stage_meter import StageMeter
from sinks.stream import StreamApplication, bytes_topic
from sinks.tracker_bytes import UnreadableState

KEPT_AS = "camera-rules"


@dataclass(frozen=True)
class Gone:
    """The deletion of a camera's key: nobody reads it any more."""

    camera_id: str


def camera_alerts(service: Service, app: StreamApplication, judging: "ReportJudging") -> StreamingDataFrame:
    """Give the alerts of the camera rules as a dataframe of the application."""
    read = reading(service.clock)
    health = app.dataframe(bytes_topic(app, service.config.kafka.topic(HEALTH)))
    reports = health.apply(lambda value, key, _timestamp, headers: read(key, value, headers), metadata=True).filter(
        lambda report: report is not None
    )
    return reports.apply(judging, stateful=True, expand=True)


def reading(clock: Clock) -> Callable[[bytes | None, bytes | None, RawHeaders], CameraHealth | Gone | None]:
    """Give a reader of the health topic: what a camera says of itself; None for workers and what is not to be read."""

    def read(key: bytes | None, value: bytes | None, headers: RawHeaders) -> CameraHealth | Gone | None:
        if key is None or key.startswith(b"worker/"):
            return None
        if value is None:
            return Gone(key.decode(errors="replace"))
        try:
            health = read_health(key, value, headers)
        except Unreadable:
            return None
        # One of the future would silence its camera until then.
        timely = health.at_ns - clock.wall_ns() <= MOST_AHEAD_SECONDS * 1e9
        return health if timely and isinstance(health, CameraHealth) else None

    return read


@dataclass(frozen=True)
class ReportJudging:
    """The stage: a report and its camera's state to the alerts that fired or were resolved."""

    rulebook: Rulebook
    meter: StageMeter
    suspended: Suspended

    def __call__(self, health: CameraHealth | Gone, state: ByteState) -> list[Alert]:
        """Give the alerts and keep the state; a repeated report changes nothing."""
        rules = self._state(health, state)
        if isinstance(health, Gone) or health.state == STOPPED:
            rules, alerts = end_reports(rules)
        elif _is_repeat(rules, health.at_ns):
            return []
        else:
            report = CameraReport.told(health.camera, health.epoch, health.at_ns, health.state, health.reasons)
            rules, alerts = judge_report(rules, report, self.rulebook.of(health.camera)[1])
            rules, alerts = with_suspended(rules, alerts, self.suspended)
        keep(state, KEPT_AS, rules_to_bytes(rules))
        return list(alerts)

    def _state(self, health: CameraHealth | Gone, state: ByteState) -> RulesState:
        data = kept(state, KEPT_AS)
        if data is None:
            return empty_rules_state()
        try:
            return rules_from_bytes(data)
        except UnreadableState as exc:
            self.meter.state_lost(health.camera_id if isinstance(health, Gone) else health.camera, exc)
            return empty_rules_state()


def _is_repeat(rules: RulesState, at_ns: int) -> bool:
    """Tell whether a report is one of before; one that is far older comes from a clock that was set back."""
    return rules.stamp is not None and 0 <= rules.stamp.captured_at_ns - at_ns <= LONGEST_BREAK_NS
