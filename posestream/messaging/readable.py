"""Any message of any topic as an object that a person or a program can read; what cannot be read says why."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from posestream.config import KafkaConfig
from posestream.json_form import alert_to_json, iso_time, tracks_to_json
from posestream.messaging.alert_message import read_alert
from posestream.messaging.control_message import read_control
from posestream.messaging.events import read_poses, read_tracks
from posestream.messaging.frame_message import read_frame
from posestream.messaging.headers import RawHeaders
from posestream.messaging.health_message import read_health
from posestream.messaging.topics import ALERTS, CONTROL, DEAD_LETTERS, FRAMES, HEALTH, POSES, TRACKS
from posestream.messaging.unreadable import Unreadable
from posestream.schemas import FrameStamp, Poses, Tracks, TrackState

Content = dict[str, Any]
_Reader = Callable[[bytes | None, bytes | None, RawHeaders], Content]
FIRST_BYTES = 32


def stream_of(kafka: KafkaConfig, topic: str) -> str | None:
    """Give the stream of a topic's full name, None for a topic that is none of ours."""
    stream = topic.removeprefix(f"{kafka.topic_prefix}.")
    return stream if stream in _READERS and topic == kafka.topic(stream) else None


def readable(stream: str | None, key: bytes | None, value: bytes | None, headers: RawHeaders) -> Content:
    """Give the content of a message; never raises for what it holds.

    Bytes that nothing here reads, and those of a topic that is none of ours, are given as ``headers``, ``bytes`` and
    ``begins``, with ``unreadable`` saying why.
    """
    if value is None and stream not in {None, FRAMES, DEAD_LETTERS}:
        return {"deleted": True}
    try:
        return _READERS[stream](key, value, headers) if stream is not None else _raw(value, headers)
    except (Unreadable, ValueError, OverflowError) as exc:  # whatever lies there: a viewer shows it and goes on
        return {"unreadable": shown_text(str(exc)), **_raw(value, headers)}


def shown_text(data: bytes | str | None) -> str | None:
    """Give bytes of anybody's as text that harms no terminal."""
    if data is None:
        return None
    text = data if isinstance(data, str) else data.decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _frame(key: bytes | None, value: bytes | None, headers: RawHeaders) -> Content:
    frame = read_frame(key, value, headers)
    return {**_stamp(frame.stamp), "codec": frame.codec, "keyframe": frame.keyframe, "bytes": len(frame.payload)}


def _poses(key: bytes | None, value: bytes | None, headers: RawHeaders) -> Content:
    poses = read_poses(key, value, headers)
    content = tracks_to_json(_untracked(poses))
    for person in content["persons"]:
        del person["track_id"]
    return content | {"timings_ms": {name: round(time, 3) for name, time in poses.timings_ms.items()}}


def _tracks(key: bytes | None, value: bytes | None, headers: RawHeaders) -> Content:
    tracks = read_tracks(key, value, headers)
    listed = [
        {
            "track_id": int(tracks.track_ids[row]),
            "state": TrackState(int(tracks.states[row])).name.lower(),
            "box": [round(float(edge), 2) for edge in tracks.boxes[row]],
            "age_seconds": round(float(tracks.ages_seconds[row]), 3),
        }
        for row in range(len(tracks.track_ids))
    ]
    return tracks_to_json(tracks) | {"tracks": listed}


def _alert(key: bytes | None, value: bytes | None, headers: RawHeaders) -> Content:
    alert = read_alert(key, value, headers)
    return alert_to_json(alert) | {"epoch": alert.epoch, "muted": alert.muted, "snapshot": alert.snapshot}


def _health(key: bytes | None, value: bytes | None, headers: RawHeaders) -> Content:
    return read_health(key, value, headers).model_dump(mode="json")


def _control(key: bytes | None, value: bytes | None, headers: RawHeaders) -> Content:
    return read_control(key, value, headers).model_dump(mode="json")


def _raw(value: bytes | None, headers: RawHeaders) -> Content:
    data = value or b""
    items = list(headers.items() if isinstance(headers, Mapping) else headers or ())
    return {
        "headers": {shown_text(name): shown_text(text) for name, text in items},
        "bytes": len(data),
        "begins": repr(data[:FIRST_BYTES])[2:-1],
    }


def _dead_letter(_key: bytes | None, value: bytes | None, headers: RawHeaders) -> Content:
    content = _raw(value, headers)
    texts: Mapping[str | None, str | None] = content["headers"]
    ours = {name: texts.get(name) for name in ("reason", "service", "source_topic", "source_partition")}
    return {**ours, "source_offset": texts.get("source_offset"), **content}


def _stamp(stamp: FrameStamp) -> Content:
    return {
        "camera": stamp.camera_id,
        "epoch": stamp.epoch,
        "frame_index": stamp.frame_index,
        "pts_seconds": round(stamp.pts_seconds, 6),
        "captured_at": iso_time(stamp.captured_at_ns),
        "time_source": stamp.time_source.value,
        "width": stamp.width,
        "height": stamp.height,
    }


def _untracked(poses: Poses) -> Tracks:
    joints = len(poses.skeleton.keypoints)
    return Tracks(
        poses=poses,
        track_ids=np.empty(0, np.int64),
        pose_indices=np.empty(0, np.int64),
        keypoints=np.empty((0, joints, 2), np.float32),
        keypoint_scores=np.empty((0, joints), np.float32),
        boxes=np.empty((0, 4), np.float32),
        velocities=np.empty((0, 2), np.float32),
        ages_seconds=np.empty(0, np.float32),
        states=np.empty(0, np.uint8),
    )


_READERS: Mapping[str, _Reader] = {
    FRAMES: _frame,
    POSES: _poses,
    TRACKS: _tracks,
    ALERTS: _alert,
    HEALTH: _health,
    CONTROL: _control,
    DEAD_LETTERS: _dead_letter,
}
