"""How the cameras are, told on the health topic: each every second and on change."""

from dataclasses import dataclass

from ingest.sender import CameraLook
from ingest.status import CameraState
from posestream.clock import Clock
from posestream.messaging.event_producer import EventProducer
from posestream.messaging.health_message import CameraHealth, health_headers, health_key, write_health
from posestream.messaging.topics import HEALTH

EVERY_SECONDS = 1.0
STOPPED = "stopped"
# With the broker away signs of life are not heaped up: each is worth nothing once there is a newer one.
_MOST_WAITING_A_CAMERA = 4


@dataclass
class _Told:
    """What was last said of one camera; the rate is measured over a second and more."""

    state: CameraState
    measured_at: float
    frames_decoded: int
    fps: float = 0.0

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

    def tell(self, look: CameraLook) -> None:
        """Send the camera's health if a second has passed or its state is another one."""
        now, status = self._clock.monotonic(), look.status
        told = self._told.get(look.camera_id)
        if told is None:
            told = self._told[look.camera_id] = _Told(status.state, now, status.frames_decoded)
        elif now - told.measured_at >= EVERY_SECONDS:
            told.measure(now, status.frames_decoded)
        elif told.state is status.state:
            return
        told.state = status.state
        if self._producer.waiting <= _MOST_WAITING_A_CAMERA * len(self._told):
            self._send(look, status.state.value, status.reason or "", told.fps)

    def tell_stopped(self, look: CameraLook) -> None:
        """Say that the camera is no longer read, on purpose."""
        self._send(look, STOPPED, "", 0.0)
        self._told.pop(look.camera_id, None)

    def _send(self, look: CameraLook, state: str, reason: str, fps: float) -> None:
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
            fps=round(fps, 2),
        )
        headers = health_headers(health, self._site)
        self._producer.send(HEALTH, health_key(health), write_health(health), headers, vital=False)
