"""Who has fallen silent: signs of life in, alerts out. No clock, no broker: times are arguments.

Silence is counted from the arrival of a sign on the watcher's own clock, so nobody's wrong clock matters. While
nothing at all arrives it is the broker (or this process stood still): that time counts for nobody.
"""

from dataclasses import dataclass, replace

from posestream.config.rules import OWN_RULE
from posestream.messaging.health_message import CameraHealth, Health, WorkerHealth, health_key
from posestream.schemas import Alert, AlertState, Severity
from posestream.schemas.alert import alert_id
from postprocess.rules.suspension import Suspended

SILENT_RULE = OWN_RULE
SILENT_KINDS = ("service", "camera")
SILENT_SECONDS = 10.0
_SILENT_NS = round(SILENT_SECONDS * 1e9)
# Own beats come every two seconds: a longer gap between any two signs is no silence of one.
GAP_SECONDS = 5.0
# A camera's last sign so much older than its worker's: the worker lives and the camera is silent.
STANDS_SECONDS = 4.0
LONG_DEAD_NS = 3600 * 10**9
LIVE, STOPPED = "live", "stopped"


@dataclass(frozen=True)
class Sign:
    """The last good sign of life: which, and when its sender says it was."""

    epoch: int
    number: int
    at_ns: int


@dataclass
class Subject:
    """A worker or a camera: its last message and good sign; when it came; since when it has been down, if it is."""

    health: Health
    good: Sign
    heard_at: float
    down_since: float | None


class Silence:
    """What is known of all workers and cameras, and which alerts stand; ``told`` says what others have sent.

    The same messages give the same ids in each watcher, so two of them do no harm.
    """

    def __init__(self, suspended: Suspended) -> None:
        self._suspended = suspended
        self._subjects: dict[str, Subject] = {}
        self._firing: dict[str, Alert] = {}
        self._last_arrival: float | None = None

    def told(self, alert: Alert) -> None:
        """Take an alert from the alerts topic: what fired before this watcher's start must be resolved by it."""
        if alert.rule != SILENT_RULE or alert.kind not in SILENT_KINDS:
            return
        standing = self._firing.get(alert.camera_id)
        if alert.state is AlertState.FIRING:
            self._firing[alert.camera_id] = alert
        elif standing is not None and standing.id == alert.id:
            del self._firing[alert.camera_id]

    def heard(self, health: Health, now: float) -> None:
        """Take a sign of life that arrived at ``now`` (monotonic seconds)."""
        if self._last_arrival is not None and now - self._last_arrival > GAP_SECONDS:
            self._pass_over(now - self._last_arrival)
        self._last_arrival = now
        key = health_key(health)
        before = self._subjects.get(key)
        good = _sign(health) if _is_good(health) or before is None else before.good
        down_since = None if _is_good(health) else now
        if down_since is not None and before is not None and before.down_since is not None:
            down_since = before.down_since
        self._subjects[key] = Subject(health, good, now, down_since)

    def forget(self, key: str) -> None:
        """Take somebody off the list: an operator has deleted the key."""
        self._subjects.pop(key, None)

    def begin(self, now: float, wall_ns: int) -> None:
        """Start the count for all: what was read so far is history. Who was silent for an hour is not awaited."""
        self._last_arrival = now
        for key, subject in list(self._subjects.items()):
            if wall_ns - subject.health.at_ns > LONG_DEAD_NS and key not in self._firing:
                del self._subjects[key]
                continue
            subject.heard_at = now
            subject.down_since = None if subject.down_since is None else now

    def judged(self, now: float) -> list[Alert]:
        """Give the alerts that fire or are resolved by ``now``."""
        ends = ((key, self._end_of(key)) for key in list(self._firing))
        news = [self._resolved(key, end) for key, end in ends if end is not None]
        if not self.deaf(now):
            fallen = ((key, self._silent_for(key, subject, now)) for key, subject in self._subjects.items())
            news += [self._fired(key, seconds) for key, seconds in fallen if seconds and key not in self._firing]
        return news

    def deaf(self, now: float) -> bool:
        """Tell whether nothing arrives from anybody: then nobody in particular is silent."""
        return self._last_arrival is None or now - self._last_arrival > GAP_SECONDS

    def _pass_over(self, gap: float) -> None:
        for subject in self._subjects.values():
            subject.heard_at += gap
            subject.down_since = None if subject.down_since is None else subject.down_since + gap

    def _silent_for(self, key: str, subject: Subject, now: float) -> float:
        """Give the seconds without a good sign, 0 if that is no silence."""
        health, silence = subject.health, now - subject.heard_at
        if health.state == STOPPED or self._dropped_by(key, subject) is not None:
            return 0.0
        if silence > SILENT_SECONDS:
            return silence if isinstance(health, WorkerHealth) or self._stands(health, subject) else 0.0
        down = 0.0 if subject.down_since is None else now - subject.down_since
        return down if down > SILENT_SECONDS else 0.0

    def _stands(self, health: CameraHealth, camera: Subject) -> bool:
        """Tell whether the camera's worker still gives signs: a dead worker has an alert of its own."""
        worker = self._subjects.get(f"worker/{health.worker}")
        if worker is None or worker.health.state == STOPPED:
            return False
        return worker.heard_at - camera.heard_at > STANDS_SECONDS

    def _dropped_by(self, key: str, subject: Subject) -> Subject | None:
        """Give the living worker of a camera if it no longer works for it: it was taken out of the config."""
        if isinstance(subject.health, WorkerHealth):
            return None
        worker = self._subjects.get(f"worker/{subject.health.worker}")
        if worker is None or not isinstance(worker.health, WorkerHealth) or key in worker.health.cameras:
            return None
        return worker if worker.heard_at - subject.heard_at > STANDS_SECONDS else None

    def _end_of(self, key: str) -> Sign | None:
        """Give what ends an alert that stands: a good sign after its last, or that nobody is awaited any more."""
        alert, subject = self._firing[key], self._subjects.get(key)
        if subject is None:
            return Sign(alert.epoch, alert.frame_index, alert.started_at_ns + round(alert.value * 1e9))
        if _is_good(subject.health) and (subject.good.epoch, subject.good.number) != (alert.epoch, alert.frame_index):
            return subject.good
        dropping = self._dropped_by(key, subject)
        return None if dropping is None else replace(subject.good, at_ns=dropping.health.at_ns)

    def _fired(self, key: str, seconds: float) -> Alert:
        subject = self._subjects[key]
        is_worker, sign = isinstance(subject.health, WorkerHealth), subject.good
        alert = Alert(
            id=alert_id(
                rule=SILENT_RULE,
                camera_id=key,
                epoch=sign.epoch,
                place=None,
                track_id=None,
                first_firing_frame=sign.number,
            ),
            rule=SILENT_RULE,
            kind="service" if is_worker else "camera",
            camera_id=key,
            epoch=sign.epoch,
            zone=None,
            line=None,
            track_id=None,
            severity=Severity.CRITICAL if is_worker else Severity.WARNING,
            state=AlertState.FIRING,
            started_at_ns=sign.at_ns,
            ended_at_ns=None,
            frame_index=sign.number,
            pts_seconds=0.0,
            value=round(seconds, 3),
            muted=self._suspended(key, SILENT_RULE, sign.at_ns + _SILENT_NS),
        )
        self._firing[key] = alert
        return alert

    def _resolved(self, key: str, end: Sign) -> Alert:
        alert = self._firing.pop(key)
        ended = max(end.at_ns, alert.started_at_ns)
        value = round((ended - alert.started_at_ns) / 1e9, 3)
        return replace(
            alert, state=AlertState.RESOLVED, ended_at_ns=ended, frame_index=end.number, value=value, snapshot=None
        )


def _is_good(health: Health) -> bool:
    return isinstance(health, WorkerHealth) or health.state in {LIVE, STOPPED}


def _sign(health: Health) -> Sign:
    """Give what names a message: the process and its beat; the connect and the milliseconds."""
    if isinstance(health, WorkerHealth):
        return Sign(health.started_at_ns // 1_000_000, health.beat, health.at_ns)
    return Sign(health.epoch, health.at_ns // 1_000_000, health.at_ns)
