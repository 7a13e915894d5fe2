"""How cameras and services are, on the compacted health topic. Key: the camera, or ``worker/<id>``."""

from typing import Any

from pydantic import Field, ValidationError

from posestream.config.base import Name
from posestream.messaging.cloud_event import EventHead, read_json, write_json
from posestream.messaging.headers import Headers, RawHeaders
from posestream.messaging.json_message import Count, Key, Message, Worker, first_mistake
from posestream.messaging.unreadable import Unreadable

CAMERA_TYPE = "io.posestream.health.camera"
WORKER_TYPE = "io.posestream.health.worker"


class CameraHealth(Message):
    """One camera as ingest sees it: every second and on change."""

    camera: Name = Field(description="Id of the camera")
    worker: Worker = Field(description="Who reads it: service/ID")
    state: str = Field(max_length=32, description="connecting, live, down or refused; stopped on purpose")
    reason: str = Field(default="", max_length=500, description="What is wrong, in words")
    at_ns: Count = Field(description="Wall clock of the writer, UTC nanoseconds")
    epoch: Count = Field(description="The present connect")
    frames_decoded: Count = Field(description="Frames of all connects")
    frames_produced: Count = Field(description="Frames that were to be sent: delivered + dropped + on the way")
    frames_delivered: Count = Field(description="Frames that the broker has")
    frames_dropped: dict[Name, Count] = Field(description="Frames that were not sent, by reason")
    reconnects: Count = Field(description="Connects after the first")
    fps: float = Field(description="Decoded frames a second, lately")
    score: int = Field(default=100, ge=0, le=100, description="Health: 100 minus what its reasons weigh; 0 while down")
    reasons: tuple[Name, ...] = Field(
        default=(),
        max_length=32,
        description="What is wrong, worst first: down, stalled, frozen, dark, overexposed, blurred, corrupt, drift,"
        " scene_changed, low_fps; later versions may know more; none while stopped on purpose",
    )
    time_source: str = Field(
        default="arrival", max_length=32, description="Where the times of its frames come from: rtcp, arrival or file"
    )
    skew_ms: float | None = Field(
        default=None, description="The camera's clock minus ours, milliseconds; null where it tells no time"
    )


class WorkerHealth(Message):
    """One service's sign of life, every two seconds."""

    worker: Worker = Field(description="service/ID")
    service: Name = Field(description="ingest, infer, track, alert, write or archive")
    state: str = Field(max_length=32, description="starting, ready, waiting (for a dependency) or stopped (on purpose)")
    reason: str = Field(default="", max_length=500, description="What it waits for")
    at_ns: Count = Field(description="Wall clock of the writer, UTC nanoseconds")
    started_at_ns: Count = Field(description="Start of the process")
    beat: Count = Field(description="Counts from 1 within the process")
    cameras: tuple[Key, ...] = Field(default=(), max_length=10_000, description="Cameras that it works for")


Health = CameraHealth | WorkerHealth


def health_key(health: Health) -> str:
    """Give the key of a health message."""
    return health.camera if isinstance(health, CameraHealth) else f"worker/{health.worker}"


def health_headers(health: Health, site: str) -> Headers:
    """Give the headers of a health message."""
    kind = CAMERA_TYPE if isinstance(health, CameraHealth) else WORKER_TYPE
    key = health_key(health)
    return EventHead(id=f"{key}/{health.at_ns}", type=kind, source=f"/{site}/{key}", at_ns=health.at_ns).headers()


def write_health(health: Health) -> bytes:
    """Give the value of a health message."""
    return write_json(health.model_dump(mode="json"))


def read_health(key: bytes | None, value: bytes | None, headers: RawHeaders) -> Health:
    """Give the health of a message; raises Unreadable."""
    is_worker = (key or b"").startswith(b"worker/")
    content = read_json(value, headers, WORKER_TYPE if is_worker else CAMERA_TYPE)
    health = _validated(WorkerHealth if is_worker else CameraHealth, content)
    if key != health_key(health).encode():
        raise Unreadable(f"key {key[:40] if key else None!r} is not '{health_key(health)}'")
    return health


def _validated(model: type[CameraHealth] | type[WorkerHealth], content: dict[str, Any]) -> Health:
    try:
        return model.model_validate(content)
    except ValidationError as exc:
        raise first_mistake(exc) from None
