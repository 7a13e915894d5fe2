"""Poses and tracks as Protobuf (posestream/messaging/proto/events.proto): arrays flat and packed, checked when read."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from google.protobuf.message import DecodeError, EncodeError
from numpy.typing import NDArray

from posestream.errors import UsageError
from posestream.messaging.frame_message import MOST_PIXELS_A_SIDE, check_camera
from posestream.messaging.headers import SCHEMA_VERSION, Headers, RawHeaders, check_version, packed, unpacked
from posestream.messaging.proto import events_pb2 as pb
from posestream.messaging.unreadable import Unreadable
from posestream.schemas import FrameStamp, Poses, TimeSource, Tracks, TrackState
from posestream.schemas.checks import Float32
from posestream.skeletons import skeleton_by_name

_Event = TypeVar("_Event", Poses, Tracks)

EVENT_VERSION = 1
MOST_EVENT_BYTES = 1_000_000
MOST_PERSONS = 1000
MOST_TIMINGS = 32
LONGEST_NAME = 256
# Beyond any picture, and small enough that no sum or square of what comes after leaves the floats.
FARTHEST_POSE, FARTHEST_TRACK = 1e6, 1e9
_MOST_64 = 2**63 - 1
_TO_WIRE = {
    TimeSource.FILE: pb.TIME_SOURCE_FILE,
    TimeSource.RTCP: pb.TIME_SOURCE_RTCP,
    TimeSource.ARRIVAL: pb.TIME_SOURCE_ARRIVAL,
}
_FROM_WIRE = {number: source for source, number in _TO_WIRE.items()}


def event_headers() -> Headers:
    """Give the headers of a message of poses or tracks."""
    return packed({SCHEMA_VERSION: str(EVENT_VERSION), "content-type": "application/x-protobuf"})


def write_poses(poses: Poses) -> bytes:
    """Give the value of a message of the poses topic."""
    return _poses_message(poses).SerializeToString(deterministic=True)


def write_tracks(tracks: Tracks) -> bytes:
    """Give the value of a message of the tracks topic."""
    message = pb.Tracks(
        poses=_poses_message(tracks.poses),
        track_ids=tracks.track_ids.tolist(),
        pose_indices=tracks.pose_indices.tolist(),
        keypoints=_flat(tracks.keypoints),
        keypoint_scores=_flat(tracks.keypoint_scores),
        boxes=_flat(tracks.boxes),
        velocities=_flat(tracks.velocities),
        ages_seconds=_flat(tracks.ages_seconds),
        states=tracks.states.tobytes(),
    )
    return message.SerializeToString(deterministic=True)


def read_poses(key: bytes | None, value: bytes | None, headers: RawHeaders) -> Poses:
    """Give the Poses of a message.

    Raises:
        Unreadable: if the message is none of ours; the text says why.
    """
    message = pb.Poses()
    _parse(message, value, headers)
    poses = _read(lambda: _poses(message))
    check_camera(key, poses.stamp.camera_id)
    return poses


def read_tracks(key: bytes | None, value: bytes | None, headers: RawHeaders) -> Tracks:
    """Give the Tracks of a message; raises Unreadable as read_poses does."""
    message = pb.Tracks()
    _parse(message, value, headers)
    tracks = _read(lambda: _tracks(message))
    check_camera(key, tracks.poses.stamp.camera_id)
    return tracks


def _poses_message(poses: Poses) -> pb.Poses:
    stamp = poses.stamp
    return pb.Poses(
        stamp=pb.Stamp(
            camera=stamp.camera_id,
            epoch=stamp.epoch,
            frame_index=stamp.frame_index,
            pts_seconds=stamp.pts_seconds,
            captured_at_ns=stamp.captured_at_ns,
            time_source=_TO_WIRE[stamp.time_source],
            width=stamp.width,
            height=stamp.height,
        ),
        skeleton=poses.skeleton.name,
        model=poses.model,
        inferred=poses.inferred,
        keypoints=_flat(poses.keypoints),
        keypoint_scores=_flat(poses.keypoint_scores),
        boxes=_flat(poses.boxes),
        scores=_flat(poses.scores),
        keypoints_3d=() if poses.keypoints_3d is None else _flat(poses.keypoints_3d),
        appearance=b"" if poses.appearance is None else poses.appearance.tobytes(),
        timings_ms=dict(poses.timings_ms),
    )


def _parse(message: Any, value: bytes | None, headers: RawHeaders) -> None:  # noqa: ANN401  # either of two messages
    check_version(unpacked(headers), EVENT_VERSION)
    if not value:
        raise Unreadable("the message is empty")
    if len(value) > MOST_EVENT_BYTES:
        raise Unreadable(f"an event of {len(value)} bytes: at most {MOST_EVENT_BYTES} are read")
    try:
        message.ParseFromString(value)
    except (DecodeError, EncodeError, UnicodeDecodeError) as exc:
        raise Unreadable(f"not a message of this topic: {exc}") from None


def _read(build: Callable[[], _Event]) -> _Event:
    """Build an event; what its class refuses (NaN, rows that do not fit, unknown names) is unreadable."""
    try:
        return build()
    except Unreadable:
        raise
    except (ValueError, TypeError, OverflowError, UsageError) as exc:
        raise Unreadable(str(exc)) from None


def _poses(message: pb.Poses) -> Poses:
    persons = len(message.scores)
    if persons > MOST_PERSONS:
        raise Unreadable(f"{persons} persons: at most {MOST_PERSONS} are read")
    skeleton = skeleton_by_name(message.skeleton)
    joints = len(skeleton.keypoints)
    return Poses(
        stamp=_stamp(message.stamp),
        skeleton=skeleton,
        model=_name(message.model),
        keypoints=_array("keypoints", message.keypoints, (persons, joints, 2)),
        keypoint_scores=_array("keypoint_scores", message.keypoint_scores, (persons, joints)),
        boxes=_array("boxes", message.boxes, (persons, 4)),
        scores=_array("scores", message.scores, (persons,)),
        inferred=message.inferred,
        keypoints_3d=_array("keypoints_3d", message.keypoints_3d, (persons, joints, 3))
        if message.keypoints_3d
        else None,
        appearance=_looks(message.appearance, persons),
        timings_ms=_timings(message.timings_ms),
    )


def _tracks(message: pb.Tracks) -> Tracks:
    count = len(message.track_ids)
    if count > MOST_PERSONS:
        raise Unreadable(f"{count} tracks: at most {MOST_PERSONS} are read")
    poses = _poses(message.poses)
    joints = len(poses.skeleton.keypoints)
    return Tracks(
        poses=poses,
        track_ids=_ids(message.track_ids),
        pose_indices=np.array(message.pose_indices, np.int64),
        keypoints=_array("keypoints", message.keypoints, (count, joints, 2), FARTHEST_TRACK),
        keypoint_scores=_array("keypoint_scores", message.keypoint_scores, (count, joints), FARTHEST_TRACK),
        boxes=_array("boxes", message.boxes, (count, 4), FARTHEST_TRACK),
        velocities=_array("velocities", message.velocities, (count, 2), FARTHEST_TRACK),
        ages_seconds=_array("ages_seconds", message.ages_seconds, (count,), FARTHEST_TRACK),
        states=_states(message.states),
    )


def _stamp(message: pb.Stamp) -> FrameStamp:
    if max(message.epoch, message.frame_index) > _MOST_64:
        raise Unreadable(f"epoch {message.epoch}, frame_index {message.frame_index}: at most {_MOST_64} are read")
    if message.time_source not in _FROM_WIRE:
        raise Unreadable(f"time_source {message.time_source} is none that is read")
    if max(message.width, message.height) > MOST_PIXELS_A_SIDE:
        raise Unreadable(f"a frame of {message.width}x{message.height}: at most {MOST_PIXELS_A_SIDE} a side are read")
    return FrameStamp(
        camera_id=message.camera,
        epoch=message.epoch,
        frame_index=message.frame_index,
        pts_seconds=message.pts_seconds,
        captured_at_ns=message.captured_at_ns,
        time_source=_FROM_WIRE[message.time_source],
        width=message.width,
        height=message.height,
    )


def _flat(array: Float32) -> list[float]:
    flat: list[float] = array.ravel().tolist()
    return flat


def _array(name: str, numbers: Sequence[float], shape: tuple[int, ...], farthest: float = FARTHEST_POSE) -> Float32:
    wanted = int(np.prod(shape))
    if len(numbers) != wanted:
        raise Unreadable(f"{name}: wanted {wanted} numbers, got {len(numbers)}")
    array = np.array(numbers, np.float32).reshape(shape)
    if array.size and np.abs(array).max() > farthest:
        raise Unreadable(f"{name}: wanted numbers up to {farthest:g}, got {np.abs(array).max():g}")
    return array


def _looks(data: bytes, persons: int) -> NDArray[np.uint8] | None:
    if not data:
        return None
    if not persons or len(data) % persons:
        raise Unreadable(f"appearance: {len(data)} bytes for {persons} persons")
    return np.frombuffer(data, np.uint8).reshape(persons, -1)


def _ids(numbers: Sequence[int]) -> NDArray[np.int64]:
    if max(numbers, default=0) > _MOST_64:
        raise Unreadable(f"track_ids: {max(numbers)}, at most {_MOST_64} are read")
    return np.array(numbers, np.int64)


def _states(data: bytes) -> NDArray[np.uint8]:
    states = np.frombuffer(data, np.uint8)
    if states.size and states.max() > max(TrackState):
        raise Unreadable(f"states: {states.max()} is none that is read")
    return states


def _name(text: str) -> str:
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise Unreadable(f"model: wanted at most {LONGEST_NAME} printable characters, got {len(text)}")
    return text


def _timings(timings: Mapping[str, float]) -> dict[str, float]:
    """Give stage -> ms; they become labels and figures: few, named and of a size that can be."""
    if len(timings) > MOST_TIMINGS:
        raise Unreadable(f"timings_ms: {len(timings)} stages, at most {MOST_TIMINGS} are read")
    for stage, milliseconds in timings.items():
        if not 0 <= milliseconds <= FARTHEST_POSE:
            raise Unreadable(f"timings_ms of '{_name(stage)}': wanted 0 to {FARTHEST_POSE:g}, got {milliseconds:g}")
    return {_name(stage): milliseconds for stage, milliseconds in timings.items()}
