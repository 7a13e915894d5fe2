"""The cameras' figures for Prometheus."""

from collections.abc import Mapping
from enum import StrEnum

from confluent_kafka import KafkaError
from prometheus_client import Counter, Gauge

from ingest.account import DropReason
from ingest.capture.fates import PassReason
from ingest.health.judge import WELL, HealthReason, Verdict
from ingest.sender import CameraLook
from ingest.status import CameraState
from posestream.clock import Clock
from posestream.messaging.frame_message import NO_PICTURE, FrameMessage
from posestream.telemetry.metrics import Metrics

STAGE = "ingest"
_CAMERA = ("camera",)


class CameraFigures:
    """Brings counters up to what the cameras say; all label sets stand at 0 from the start.

    ``show`` is called by one thread; ``note_age`` by any.
    """

    def __init__(self, metrics: Metrics, camera_ids: tuple[str, ...], clock: Clock) -> None:
        self._clock = clock
        self._counters = {
            "packets": metrics.counter("packets_received", "Packets that came from the camera", _CAMERA),
            "received": metrics.counter("frames_received", "Frames that came from the camera, damaged too", _CAMERA),
            "decoded": metrics.counter("frames_decoded", "Frames that came whole", _CAMERA),
            "produced": metrics.counter("frames_produced", "Frames that were to be sent", _CAMERA),
            "delivered": metrics.counter("frames_delivered", "Frames that the broker has", _CAMERA),
        }
        self._reconnects = metrics.counter("camera_reconnects", "Connects after the first", _CAMERA)
        self._dropped = metrics.counter("frames_dropped", "Frames that were not sent, and why", ("camera", "reason"))
        passed = "Packets of which no frame was to be sent, and why"
        self._passed = metrics.counter("packets_passed_over", passed, ("camera", "reason"))
        self._score = metrics.gauge("camera_health_score", "100 = well, 0 = down", _CAMERA)
        self._unhealthy = metrics.gauge("camera_unhealthy", "1 while this is wrong", ("camera", "reason"))
        self._up = metrics.gauge("camera_up", "1 while frames come", _CAMERA)
        self._age = metrics.histogram("frame_age_seconds", "Age of a frame when it is done here", ("stage",))
        self._age.labels(stage=STAGE)
        self._seen: dict[tuple[str, str], int] = {}
        for camera_id in camera_ids:
            self.begin(camera_id)

    def begin(self, camera_id: str) -> None:
        """Let the figures of a camera stand at 0 if there are none."""
        for family in self._of_camera():
            family.labels(camera=camera_id)
        for family, reasons in self._of_reasons():
            for reason in reasons:
                family.labels(camera=camera_id, reason=reason.value)

    def forget(self, camera_id: str) -> None:
        """Take away the figures of a camera that was removed: one that stayed at ``up 0`` would be an alarm."""
        for family in self._of_camera():
            family.remove(camera_id)
        for family, reasons in self._of_reasons():
            for reason in reasons:
                family.remove(camera_id, reason.value)
        self._seen = {key: count for key, count in self._seen.items() if key[0] != camera_id}

    def show(self, look: CameraLook, verdict: Verdict = WELL) -> None:
        """Show one look at a camera and how it is."""
        camera, status, counts = look.camera_id, look.status, look.counts
        self._up.labels(camera=camera).set(1 if status.state is CameraState.LIVE else 0)
        self._reconnects.labels(camera=camera).inc(self._news(camera, "reconnects", status.reconnects))
        self._score.labels(camera=camera).set(verdict.score)
        for reason in HealthReason:
            self._unhealthy.labels(camera=camera, reason=reason.value).set(reason in verdict.reasons)
        now = {
            "packets": counts.packets,
            "received": status.frames_decoded,
            "decoded": status.frames_decoded - status.frames_corrupt,
            "produced": counts.produced,
            "delivered": counts.delivered,
        }
        for name, counter in self._counters.items():
            counter.labels(camera=camera).inc(self._news(camera, name, now[name]))
        self._show_reasons(camera, self._dropped, "dropped", counts.dropped)
        self._show_reasons(camera, self._passed, "passed", counts.passed)

    def note_age(self, frame: FrameMessage, error: KafkaError | None) -> None:
        """Note how old a frame is when the broker has it."""
        if error is None and frame.codec != NO_PICTURE:
            age_s = (self._clock.wall_ns() - frame.stamp.captured_at_ns) / 1e9
            self._age.labels(stage=STAGE).observe(max(0.0, age_s))

    def _show_reasons(
        self, camera: str, family: Counter, name: str, counts: Mapping[DropReason, int] | Mapping[PassReason, int]
    ) -> None:
        for reason, count in counts.items():
            family.labels(camera=camera, reason=reason.value).inc(self._news(camera, f"{name} {reason.value}", count))

    def _of_camera(self) -> tuple[Counter | Gauge, ...]:
        return self._up, self._score, self._reconnects, *self._counters.values()

    def _of_reasons(self) -> tuple[tuple[Counter | Gauge, type[StrEnum]], ...]:
        return (self._dropped, DropReason), (self._passed, PassReason), (self._unhealthy, HealthReason)

    def _news(self, camera: str, name: str, count: int) -> int:
        before = self._seen.get((camera, name), 0)
        self._seen[camera, name] = max(before, count)
        return max(0, count - before)
