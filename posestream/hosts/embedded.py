"""The embedded pipeline: cameras, inference, tracks, rules, store and page in one process."""

import threading
from collections.abc import Callable, Sequence

from inference.estimator import PoseEstimator
from posestream.clock import Clock
from posestream.errors import DependencyError
from posestream.hosts.governor import Load, govern
from posestream.hosts.line import CameraLine
from posestream.hosts.line_up import Camera, LineUp
from posestream.json_form import alert_to_json
from posestream.logs import get_log
from posestream.schemas import Alert
from sinks.serve.hub import LiveHub
from sinks.store import SqliteStore

Wanted = Callable[[], Sequence[Camera] | None]
STOP_SECONDS = 2.0
_NS = 1_000_000_000


class Embedded:
    """Answers the newest frame of each camera in turn until it is told to stop.

    Frames: at most once, newest first, every drop counted. Alerts and seconds go to the store once each.
    One thread infers, tracks and judges; capture and page have threads of their own.
    """

    def __init__(
        self,
        lines: LineUp,
        estimator: PoseEstimator,
        hub: LiveHub,
        store: SqliteStore,
        clock: Clock,
        detector_every: int = 0,
    ) -> None:
        self._lines = lines
        self._estimator, self._hub, self._store, self._clock = estimator, hub, store, clock
        self._governed = detector_every == 0 and estimator.can_follow
        self._load = Load(max(detector_every, 1))
        self._busy_seconds = 0.0
        self._store_fault = ""
        self._log = get_log("embedded")

    def run(self, stop: threading.Event, wake: threading.Event, wanted: Wanted = lambda: None) -> None:
        """Work until ``stop``; ``wake`` is set by the cameras when a frame is there, and by whoever stops.

        ``wanted`` gives the cameras that are to be watched from now on, None while there is nothing new.
        """
        for line in self._lines:
            line.start()
        second_utc, ticked_at = self._clock.wall_ns() // _NS, self._clock.monotonic()
        try:
            while not stop.is_set():
                wake.clear()
                self._change(wanted())
                worked = sum(self._answer_newest(line) for line in self._lines) > 0
                wall_ns, now = self._clock.wall_ns(), self._clock.monotonic()
                if wall_ns // _NS != second_utc:
                    # At least 1: a second in which we worked for a part only had no more frames than these.
                    self._tick(second_utc, max(now - ticked_at, 1.0))
                    second_utc, ticked_at = wall_ns // _NS, now
                elif not worked:
                    wake.wait(1.0 - wall_ns % _NS / _NS)
        finally:
            self._drain()

    def _change(self, cameras: Sequence[Camera] | None) -> None:
        """Watch these cameras; what is open of those that go is resolved."""
        if cameras is not None:
            for line in self._lines.bring_to(cameras):
                ended = line.stages.finish()
                self._hub.publish_alerts(ended)
                self._keep(ended)
                self._hub.drop_camera(line.camera.id)
        self._lines.turn()

    def _answer_newest(self, line: CameraLine) -> bool:
        frame = line.capture.take()
        if frame is None:
            return False
        start = self._clock.monotonic()
        self._estimator.detector_every = self._load.detector_every
        tracks, alerts = line.answer(frame, self._estimator.estimate(frame))
        self._busy_seconds += self._clock.monotonic() - start
        self._hub.publish(frame, tracks, alerts)
        self._keep(alerts)
        return True

    def _tick(self, second_utc: int, seconds: float) -> None:
        """At the end of a second: store and show its figures, let time pass where no frame came, govern the load."""
        all_dropped = 0
        for line in self._lines:
            ended = line.beat(self._estimator.skeleton, self._estimator.model)
            self._hub.publish_alerts(ended)
            self._keep(ended)
            second, status, dropped, fps_in = line.second(second_utc, seconds)
            all_dropped += dropped
            changed = line.judge_health(status)
            self._hub.publish_alerts(changed)
            self._keep(changed)
            self._stored(lambda second=second: self._store.add_second(second))  # type: ignore[misc]
            cut = self._load.detector_every if self._governed else 1  # what the user asked for is no slowing down
            figures = line.figures(second, status, fps_in, self._estimator.model, cut)
            self._hub.publish_figures(figures)
        if self._governed:
            load = govern(self._load, self._busy_seconds / seconds, all_dropped)
            if load.detector_every != self._load.detector_every:
                self._log.info("load", detector_every=load.detector_every)
            self._load = load
        self._busy_seconds = 0.0

    def _keep(self, alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            self._log.info("alert", **{key: value for key, value in alert_to_json(alert).items() if value is not None})
            self._stored(lambda alert=alert: self._store.add_alert(alert))  # type: ignore[misc]

    def _stored(self, write: Callable[[], None]) -> None:
        """Write to the store; a store that fails is told, it must not blind the cameras."""
        try:
            write()
        except DependencyError as exc:
            if str(exc) != self._store_fault:  # once, not every second
                self._log.error("store", reason=str(exc))
            self._store_fault = str(exc)
        else:
            self._store_fault = ""

    def _drain(self) -> None:
        """Stop the cameras, all at once, and resolve what is open."""
        for line in self._lines:
            line.capture.stop(0.0)
        ends_at = self._clock.monotonic() + STOP_SECONDS
        for line in self._lines:
            line.capture.stop(max(ends_at - self._clock.monotonic(), 0.0))
            self._keep(line.stages.finish())
