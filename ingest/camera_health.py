"""How the cameras are: judged look by look, told on the health topic every second and on change."""

from dataclasses import dataclass, field

from ingest.health.facts import CameraWatch
from ingest.health.judge import WELL, Verdict
from ingest.sender import CameraLook
from ingest.status import STOPPED, CameraState, CameraStatus
from posestream.clock import Clock
from posestream.messaging.event_producer import EventProducer
from posestream.messaging.health_message import CameraHealth, health_headers, health_key, write_health
from posestream.messaging.topics import HEALTH

EVERY_SECONDS = 1.0
# With the broker away signs of life are not heaped up: each is worth nothing once there is a newer one.
_MOST_WAITING_A_CAMERA = 4


@dataclass
class _Told:
    """What was last said of one camera; the rate is measured over a second and more."""

    measured_at: float
    frames_decoded: int
    state: str = ""
    verdict: Verdict = WELL
    fps: float = 0.0
    watch: CameraWatch = field(default_factory=CameraWatch)

    def measure(self, now: float, frames_decoded: int) -> None:
        self.fps = (frames_decoded - self.frames_decoded) / (now - self.measured_at)
        self.measured_at, self.frames_decoded = now, frames_decoded


class CameraHealthReport:
    """Tells of all cameras of the service; used by one thread.

    A message may be lost: the next one says the same and more.
    """

    def __init__(self, producer: EventProducer, site: str, worker: str, clock: Clock) -> None:
        self._producer, self._site, self._worker, self._clock = producer, site, worker, clock
        self._told: dict[str, _Told] = {}

    def tell(self, look: CameraLook) -> Verdict:
        """Judge the camera; send its health if a second has passed, or its state or the reasons are others."""
        now, status = self._clock.monotonic(), look.status
        told = self._told.get(look.camera_id)
        if told is None:
            told = self._told[look.camera_id] = _Told(now, status.frames_decoded)
        verdict = told.watch.verdict(status, now, look.wanted_fps)
        state, reason = status.state.value, status.reason or ""
        if _is_ending(status):
            state, reason, verdict = STOPPED, "", WELL
        is_due = now - told.measured_at >= EVERY_SECONDS
        if is_due:
            told.measure(now, status.frames_decoded)
        if is_due or (state, verdict) != (told.state, told.verdict):
            told.state, told.verdict = state, verdict
            if self._producer.waiting <= _MOST_WAITING_A_CAMERA * len(self._told):
                self._send(look, state, reason, told)
        return verdict

    def tell_stopped(self, look: CameraLook) -> None:
        """Say that the camera is no longer read, on purpose."""
        self._send(look, STOPPED, "", _Told(0.0, 0))
        self._told.pop(look.camera_id, None)

    def _send(self, look: CameraLook, state: str, reason: str, told: _Told) -> None:
        status, counts = look.status, look.counts
        health = CameraHealth(
            camera=look.camera_id,
            worker=self._worker,
            state=state,
            reason=reason[:500],
            at_ns=self._clock.wall_ns(),
            epoch=status.epoch,
            frames_decoded=status.frames_decoded,
            frames_produced=counts.produced,
            frames_delivered=counts.delivered,
            frames_dropped={reason.value: count for reason, count in counts.dropped.items()},
            reconnects=status.reconnects,
            fps=round(told.fps, 2),
            score=told.verdict.score,
            reasons=tuple(reason.value for reason in told.verdict.reasons),
            time_source=status.time_source,
            skew_ms=None if status.skew_seconds is None else round(status.skew_seconds * 1e3, 1),
        )
        headers = health_headers(health, self._site)
        self._producer.send(HEALTH, health_key(health), write_health(health), headers, vital=False)


def _is_ending(status: CameraStatus) -> bool:
    """Whether the camera is down because somebody stopped it: its last frames are still on their way."""
    return status.state is CameraState.DOWN and status.reason == STOPPED
