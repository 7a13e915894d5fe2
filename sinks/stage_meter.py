"""What a stateful stage counts of its events, and which cameras it works for: for figures and heartbeats."""

from collections.abc import Callable

from quixstreams import message_context

from posestream.clock import Clock
from posestream.logs import get_log
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.events import event_headers
from posestream.schemas import FrameStamp
from posestream.service import Service
from sinks.passed_over import PassedOver

LATELY_SECONDS = 60.0
MOST_CAMERAS = 10_000
UNKNOWN_CAMERA = "other"
"""The label of all cameras that the config does not name: labels must not grow with what comes in."""


class LatelySeen:
    """The cameras of which something came within the last minute; safe for threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at: dict[str, float] = {}

    def saw(self, camera_id: str) -> None:
        """Note an event of a camera."""
        if camera_id in self._at or len(self._at) < MOST_CAMERAS:
            self._at[camera_id] = self._clock.monotonic()

    def __call__(self) -> tuple[str, ...]:
        """Give the cameras, sorted; those that were not seen lately are forgotten."""
        limit = self._clock.monotonic() - LATELY_SECONDS
        for camera_id, at in list(self._at.items()):
            if at < limit:
                self._at.pop(camera_id, None)
        return tuple(sorted(self._at))


class StageMeter:
    """Counts the events of one stage; what goes wrong with one is told here, once for each kind and camera."""

    def __init__(self, service: Service, seen: LatelySeen) -> None:
        metrics = service.metrics
        self._service, self._seen = service, seen
        self._known = frozenset(camera.id for camera in service.config.cameras)
        self._events = metrics.counter("events", "Events that were worked through", ("camera",))
        self._repeated = metrics.counter("events_repeated", "Events passed over: not later than the last", ("camera",))
        self._lost = metrics.counter("states_lost", "States that could not be read: the camera starts anew")
        self._age = metrics.histogram("frame_age_seconds", "Age of a frame when the stage has it", ("stage",))
        self._told: set[tuple[str, str]] = set()
        self._passed = PassedOver(service.name, service.clock)

    def label(self, camera_id: str) -> str:
        """Give the camera as a label."""
        return camera_id if camera_id in self._known else UNKNOWN_CAMERA

    def came(self, stamp: FrameStamp) -> None:
        """Note an event that is worked through."""
        self._seen.saw(stamp.camera_id)
        self._passed.end(stamp.camera_id)
        self._events.labels(camera=self.label(stamp.camera_id)).inc()
        age = (self._service.clock.wall_ns() - stamp.captured_at_ns) / 1e9
        self._age.labels(stage=self._service.name).observe(max(age, 0.0))

    def repeated(self, stamp: FrameStamp, epoch: int | None) -> None:
        """Note an event that is passed over; ``epoch`` is that of the camera's last one."""
        self._repeated.labels(camera=self.label(stamp.camera_id)).inc()
        if epoch is not None and stamp.epoch < epoch:
            self._passed.note(stamp, epoch)

    def state_lost(self, camera_id: str, reason: Exception) -> None:
        """Say that a camera's state could not be read."""
        self._lost.inc()
        self._say_once("state_lost", camera_id, reason)

    def failed(self, stamp: FrameStamp, reason: Exception, value: Callable[[], bytes]) -> DeadLetter:
        """Give the dead letter of an event that the stage cannot answer: no event stops a partition."""
        where = message_context()
        self._say_once("event_refused", stamp.camera_id, reason)
        text = f"{self._service.name} cannot answer it: {type(reason).__name__}: {reason}"
        letter = DeadLetter(
            text,
            self._service.name,
            where.topic,
            where.partition,
            where.offset,
            stamp.camera_id.encode(),
            value(),
            [(name, _bytes(content)) for name, content in event_headers()],
        )
        self._service.dead_letters.count(letter)
        return letter

    def _say_once(self, event: str, camera_id: str, reason: Exception) -> None:
        if (event, camera_id) not in self._told and len(self._told) < MOST_CAMERAS:
            self._told.add((event, camera_id))
            get_log(self._service.name).error(event, camera=camera_id, reason=f"{type(reason).__name__}: {reason}")


def is_later(stamp: FrameStamp, epoch: int | None, captured_at_ns: int) -> bool:
    """Tell whether an event comes after the last one of its camera: others are repeats of at-least-once delivery."""
    return epoch is None or (stamp.epoch, stamp.captured_at_ns) > (epoch, captured_at_ns)


def _bytes(content: str | bytes | None) -> bytes:
    return content.encode() if isinstance(content, str) else content or b""
