"""Golden messages: one of each kind as a released schema version wrote it, and what must be read from it.

    python tests/golden/make.py    writes the files of the present version that are not there yet, and adds new
                                   fields to the listing of events.proto

A file that is there is never written again, and a field that is listed never changes: they stand for messages that lie
in people's topics. For a new schema version raise the version in posestream/messaging and VERSION, then run this once.
"""

import base64
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.descriptor import FieldDescriptor

from posestream.messaging.alert_message import alert_head, write_alert
from posestream.messaging.control_message import (
    Acknowledgement,
    Mark,
    Suspension,
    control_headers,
    control_key,
    write_control,
)
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.events import event_headers, write_poses, write_tracks
from posestream.messaging.frame_message import frame_headers
from posestream.messaging.headers import Headers
from posestream.messaging.health_message import CameraHealth, WorkerHealth, health_headers, health_key, write_health
from posestream.messaging.proto import events_pb2 as pb
from posestream.schemas import Alert, AlertState, FrameStamp, Poses, Severity, TimeSource, Tracks
from posestream.skeletons import COCO17, Skeleton

VERSION = 1
FOLDER = Path(__file__).parent
DESCRIPTOR = FOLDER / "events_descriptor.json"
TYPES = {
    getattr(FieldDescriptor, name): name.removeprefix("TYPE_").lower()
    for name in dir(FieldDescriptor)
    if name.startswith("TYPE_")
}
STAMP = FrameStamp("lobby", 1_700_000_000_000, 7, 0.28, 1_700_000_000_123_456_789, TimeSource.RTCP, 1920, 1080)


@dataclass(frozen=True)
class Golden:
    """One message as it lies in a topic; ``kind`` says who reads it, ``content`` what must come out."""

    kind: str
    key: bytes
    value: bytes
    headers: Headers
    content: Any


def described(event: object) -> Any:  # noqa: ANN401  # what JSON can hold
    """Give all that is in an event as JSON has it; arrays as type, shape and numbers."""
    if isinstance(event, np.ndarray):
        return {"type": str(event.dtype), "shape": list(event.shape), "numbers": event.ravel().tolist()}
    if isinstance(event, Skeleton):
        return event.name
    if isinstance(event, bytes):
        return base64.b64encode(event).decode()
    if hasattr(event, "model_dump"):
        return event.model_dump(mode="json")
    if is_dataclass(event):
        return {name: described(getattr(event, name)) for name in event.__dataclass_fields__}
    return {name: described(item) for name, item in event.items()} if isinstance(event, Mapping) else event


def poses_of(persons: int) -> Poses:
    """Give poses of which every field is set."""
    numbers = np.arange(persons * 17, dtype=np.float32).reshape(persons, 17)
    return Poses(
        stamp=STAMP,
        skeleton=COCO17,
        model="movenet@0123456789abcdef",
        keypoints=np.stack([numbers * 3.5, numbers * -0.25], axis=2),
        keypoint_scores=numbers / 64,
        boxes=np.array([[1.5, 2, 300.25, 400]] * persons, np.float32).reshape(persons, 4),
        scores=np.full(persons, 0.875, np.float32),
        keypoints_3d=np.stack([numbers, -numbers, numbers / 8], axis=2) if persons else None,
        appearance=np.arange(persons * 4, dtype=np.uint8).reshape(persons, 4) if persons else None,
        timings_ms={"decode": 1.5, "infer": 12.25},
    )


def tracks_of(poses: Poses) -> Tracks:
    """Give a confirmed, a tentative and a lost track on two persons."""
    grown = np.concatenate([poses.keypoints, poses.keypoints[:1]]) + np.float32(0.5)
    return Tracks(
        poses=poses,
        track_ids=np.array([3, 2**40, 1]),
        pose_indices=np.array([1, 0, -1]),
        keypoints=grown,
        keypoint_scores=np.full((3, 17), 0.75, np.float32),
        boxes=np.array([[0, 1, 2, 3], [4, 5, 6, 7], [-8.5, 9, 10, 11]], np.float32),
        velocities=np.array([[-1.5, 2], [0, 0], [30, -4]], np.float32),
        ages_seconds=np.array([2.5, 0.25, 9], np.float32),
        states=np.array([1, 0, 2], np.uint8),
    )


ALERT = Alert(
    id="0b7e6ed4-4ad5-5a86-9d1f-2f0c4dcba4b7",
    rule="intrusion",
    kind="zone",
    camera_id="lobby",
    epoch=1_700_000_000_000,
    zone="door",
    line=None,
    track_id=5,
    severity=Severity.CRITICAL,
    state=AlertState.RESOLVED,
    started_at_ns=1_700_000_000_123_456_000,
    ended_at_ns=1_700_000_009_000_001_000,
    frame_index=250,
    pts_seconds=10.5,
    value=8.875,
    muted=True,
    snapshot="snapshots/lobby.jpg",
)
CAMERA = CameraHealth(
    camera="lobby",
    worker="ingest/host",
    state="down",
    reason="no answer",
    at_ns=1_700_000_000_123_456_789,
    epoch=1_700_000_000_000,
    frames_decoded=100,
    frames_produced=20,
    frames_delivered=17,
    frames_dropped={"queue_full": 2, "timeout": 1},
    reconnects=2,
    fps=24.5,
)
WORKER = WorkerHealth(
    worker="infer/host",
    service="infer",
    state="waiting",
    reason="broker: away",
    at_ns=1_700_000_000_123_456_789,
    started_at_ns=1_700_000_000_000_000_000,
    beat=3,
    cameras=("lobby", "hall"),
)
CONTROLS = {
    "suspension": Suspension(
        kind="suspension", at_ns=5, by="ada", camera="lobby", rule="fall", from_ns=10, until_ns=2**60
    ),
    "acknowledgement": Acknowledgement(kind="acknowledgement", at_ns=5, by="ada", alert=ALERT.id),
    "mark": Mark(kind="mark", at_ns=5, by="ada", alert=ALERT.id, right=False),
}
LETTER = DeadLetter(
    "not JSON", "alert", "posestream.tracks", 2, 2**40, b"lobby", b"\xff\x00\x7b", [("schema_version", b"9")]
)


def golden_messages() -> dict[str, Golden]:
    """Give all golden messages of the present version by the name of their file."""
    nobody, two = Poses.empty(STAMP, COCO17, "", inferred=False), poses_of(2)
    tracks = tracks_of(two)
    jpeg, none = (frame_headers(STAMP, codec, keyframe=codec == "jpeg") for codec in ("jpeg", "none"))
    frame = {"stamp": described(STAMP), "keyframe": True, "codec": "jpeg", "payload": "/9g="}
    beat = {"stamp": described(STAMP), "keyframe": False, "codec": "none", "payload": ""}
    return {
        "frame": Golden("frame", b"lobby", b"\xff\xd8", jpeg, frame),
        "frame-none": Golden("frame", b"lobby", b"", none, beat),
        "poses-nobody": Golden("poses", b"lobby", write_poses(nobody), event_headers(), described(nobody)),
        "poses": Golden("poses", b"lobby", write_poses(two), event_headers(), described(two)),
        "tracks": Golden("tracks", b"lobby", write_tracks(tracks), event_headers(), described(tracks)),
        "alert": Golden("alert", b"lobby", write_alert(ALERT), alert_head(ALERT, "hq"), asdict(ALERT)),
        "health-camera": Golden(
            "health", b"lobby", write_health(CAMERA), health_headers(CAMERA, "hq"), described(CAMERA)
        ),
        "health-worker": Golden(
            "health", health_key(WORKER).encode(), write_health(WORKER), health_headers(WORKER, "hq"), described(WORKER)
        ),
        **{
            f"control-{name}": Golden(
                "control",
                control_key(control).encode(),
                write_control(control),
                control_headers(control, "hq"),
                described(control),
            )
            for name, control in CONTROLS.items()
        },
        "dead-letter": Golden(
            "dead-letter", b"lobby", LETTER.message_value(), LETTER.message_headers(), {"reason": "not JSON"}
        ),
    }


def as_json(golden: Golden) -> dict[str, Any]:
    """Give a golden message as its file has it: key and value in base64, headers as texts."""
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in golden.headers}
    return {
        "kind": golden.kind,
        "key": described(golden.key),
        "headers": headers,
        "value": described(golden.value),
        "content": golden.content,
    }


def descriptor_listing() -> dict[str, list[str]]:
    """Give every message and enum of events.proto with its fields: number, name, type."""
    listing: dict[str, list[str]] = {}
    waiting = list(pb.DESCRIPTOR.message_types_by_name.values())
    while waiting:
        message = waiting.pop()
        waiting += message.nested_types
        listing[message.full_name] = [field_line(field) for field in message.fields]
    for enum in pb.DESCRIPTOR.enum_types_by_name.values():
        listing[enum.full_name] = [f"{value.number} {value.name}" for value in enum.values]
    return dict(sorted(listing.items()))


def field_line(field: FieldDescriptor) -> str:
    """Give number, name and type of a field: what a reader of old messages relies on."""
    other = field.message_type or field.enum_type
    kind = other.full_name if other is not None else TYPES[field.type]
    return f"{field.number} {field.name} {'repeated ' if field.is_repeated else ''}{kind}"


def lost_fields(released: Mapping[str, list[str]], present: Mapping[str, list[str]]) -> list[str]:
    """Give the fields that were released and are no longer what they were."""
    return [
        f"{message}: {line}"
        for message, lines in released.items()
        for line in lines
        if line not in present.get(message, [])
    ]


def write_new(folder: Path) -> list[Path]:
    """Write the golden files that are not there yet; gives their paths."""
    written = []
    folder.mkdir(exist_ok=True)
    for name, golden in golden_messages().items():
        path = folder / f"{name}.json"
        if not path.exists():
            path.write_text(json.dumps(as_json(golden), indent=1, sort_keys=True) + "\n", encoding="utf-8")
            written.append(path)
    return written


def write_descriptor(path: Path) -> list[str]:
    """Add new fields to the listing; gives what stands against it: released fields that have changed."""
    released = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    lost = lost_fields(released, descriptor_listing())
    if not lost:
        path.write_text(json.dumps(descriptor_listing(), indent=1) + "\n", encoding="utf-8")
    return lost


def main() -> int:
    """Write what is missing and say so."""
    for path in write_new(FOLDER / f"v{VERSION}"):
        sys.stdout.write(f"{path}\n")
    lost = write_descriptor(DESCRIPTOR)
    for line in lost:
        sys.stderr.write(f"released, and no longer what it was: {line}\n")
    return 1 if lost else 0


if __name__ == "__main__":
    raise SystemExit(main())
