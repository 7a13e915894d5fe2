"""The watcher of the watchers: reads the health topic and sends alerts of who has fallen silent, and of their return.

It runs in `alert` and in `write`, so that the end of either is seen by the other; their alerts have the same ids.
What stands is known from the alerts topic: an alert that fired before a watcher's start is resolved by it.
"""

import contextlib
from collections.abc import Iterator

from posestream.logs import get_log
from posestream.messaging.alert_message import alert_head, read_alert, write_alert
from posestream.messaging.headers import RawHeaders
from posestream.messaging.health_message import read_health
from posestream.messaging.topics import ALERTS, CONTROL, HEALTH
from posestream.messaging.unreadable import Unreadable
from posestream.schemas import Alert, AlertState
from posestream.service import Service
from postprocess.rules.suspension import Suspended
from sinks.control_table import ControlTable
from sinks.silence import SILENT_RULE, Silence
from sinks.topic_follower import Heard, TopicFollower

NAME = "watch"
_MARK = f'"rule":"{SILENT_RULE}"'.encode()


@contextlib.contextmanager
def watching(service: Service, table: ControlTable | None = None) -> Iterator[None]:
    """While open, a thread of the service watches; it waits for its topics itself.

    ``table`` says what is suspended; without one the watcher reads the control topic for itself.
    """
    known = ControlTable() if table is None else table
    watch = Watch(service, known.suspended)
    # What cannot be read of alerts and control is reported by those who work with all of it.
    takers = {HEALTH: watch.health, ALERTS: _quietly(watch.alert)}
    if table is None:
        takers[CONTROL] = _quietly(known.heard)
    with TopicFollower(service, NAME, takers, watch.turn):
        yield


def _quietly(heard: Heard) -> Heard:
    def take(key: bytes | None, value: bytes | None, headers: RawHeaders) -> None:
        with contextlib.suppress(Unreadable):
            heard(key, value, headers)

    return take


class Watch:
    """Takes what arrives on the topics to `Silence` and its alerts to the broker; used by one thread."""

    def __init__(self, service: Service, suspended: Suspended) -> None:
        self._service, self._silence = service, Silence(suspended)
        self._began = self._deaf = False
        labels = ("camera", "severity", "rule")
        self._counter = service.metrics.counter("alerts", "Alerts that fired", labels)

    def health(self, key: bytes | None, value: bytes | None, headers: RawHeaders) -> None:
        """Take a message of the health topic; raises Unreadable."""
        if value is None and key is not None:
            self._silence.forget(key.decode(errors="replace"))
            return
        self._silence.heard(read_health(key, value, headers), self._service.clock.monotonic())

    def alert(self, key: bytes | None, value: bytes | None, headers: RawHeaders) -> None:
        """Take a message of the alerts topic; raises Unreadable."""
        if value is None or _MARK not in value:
            return
        self._silence.told(read_alert(key, value, headers))

    def turn(self) -> None:
        """Say who fell silent and who is back."""
        now = self._service.clock.monotonic()
        if not self._began:
            self._silence.begin(now, self._service.clock.wall_ns())
            self._began = True
        for alert in self._silence.judged(now):
            self._send(alert)
        deaf = self._silence.deaf(now)
        if deaf != self._deaf:
            self._deaf = deaf
            say = get_log(NAME)
            say.warning("deaf", reason="no sign of life from anybody: nobody is called silent") if deaf else say.info(
                "hears_again"
            )

    def _send(self, alert: Alert) -> None:
        config, producer = self._service.config, self._service.producer
        producer.send(ALERTS, alert.camera_id, write_alert(alert), alert_head(alert, config.site))
        firing = alert.state is AlertState.FIRING
        if firing:
            self._counter.labels(camera=alert.camera_id, severity=alert.severity.value, rule=alert.rule).inc()
        say = get_log(NAME)
        (say.warning if firing else say.info)(
            "silent" if firing else "back", who=alert.camera_id, seconds=alert.value, alert=alert.id
        )
