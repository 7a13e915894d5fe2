import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from posestream.messaging import events
from posestream.messaging.events import event_headers, read_poses, read_tracks, write_poses, write_tracks
from posestream.messaging.proto import events_pb2 as pb
from posestream.messaging.unreadable import Unreadable
from posestream.schemas import FrameStamp, Poses, TimeSource, Tracks
from posestream.skeletons import COCO17, SKELETONS, Skeleton

NAN = float("nan")
THERE_ARE = f"there are {', '.join(SKELETONS)}"
ROWS = "Tracks.pose_indices: wanted"
Contents = Callable[[Any], Any]
FullPoses = Callable[[int], Poses]


@pytest.mark.parametrize("persons", [0, 1, 7])
def test_poses_there_and_back(full_poses: FullPoses, contents: Contents, persons: int) -> None:
    poses = full_poses(persons)
    back = read_poses(b"lobby", write_poses(poses), event_headers())
    assert contents(back) == contents(poses)


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=list(SKELETONS))
def test_every_skeleton_there_and_back(full_poses: FullPoses, contents: Contents, skeleton: Skeleton) -> None:
    full = full_poses(2)
    scores = np.linspace(0, 1, 2 * len(skeleton.keypoints), dtype=np.float32).reshape(2, -1)
    poses = replace(
        full,
        skeleton=skeleton,
        keypoints=np.stack([9 * scores, -scores], axis=2),
        keypoint_scores=scores,
        keypoints_3d=np.stack([scores, scores, -scores], axis=2),
    )
    assert contents(read_poses(b"lobby", write_poses(poses), event_headers())) == contents(poses)
    tracks = Tracks.empty(poses)
    assert contents(read_tracks(b"lobby", write_tracks(tracks), event_headers())) == contents(tracks)


@pytest.mark.parametrize("inferred", [True, False])
def test_nobody_and_nobody_looked(stamp: FrameStamp, contents: Contents, inferred: bool) -> None:
    poses = Poses.empty(stamp, COCO17, "", inferred=inferred)
    back = read_poses(b"lobby", write_poses(poses), event_headers())
    assert contents(back) == contents(poses)
    assert (back.keypoints_3d, back.appearance, dict(back.timings_ms)) == (None, None, {})


@pytest.mark.parametrize("time_source", TimeSource)
def test_stamps_there_and_back(stamp: FrameStamp, time_source: TimeSource) -> None:
    extreme = replace(
        stamp,
        epoch=2**63 - 1,
        frame_index=2**63 - 1,
        pts_seconds=1 / 3,
        captured_at_ns=-1,
        time_source=time_source,
        width=16_384,
    )
    assert read_poses(b"lobby", write_poses(Poses.empty(extreme, COCO17, "m")), event_headers()).stamp == extreme


def test_no_tracks_there_and_back(full_poses: FullPoses, contents: Contents) -> None:
    for persons in (0, 2):
        tracks = Tracks.empty(full_poses(persons))
        assert contents(read_tracks(b"lobby", write_tracks(tracks), event_headers())) == contents(tracks)


def test_tracks_there_and_back(mixed_tracks: Tracks, contents: Contents) -> None:
    assert contents(read_tracks(b"lobby", write_tracks(mixed_tracks), event_headers())) == contents(mixed_tracks)


def test_the_same_event_gives_the_same_bytes(full_poses: FullPoses, mixed_tracks: Tracks) -> None:
    poses = full_poses(2)
    turned = replace(poses, timings_ms=dict(reversed(list(poses.timings_ms.items()))))
    assert write_poses(poses) == write_poses(turned)
    assert write_tracks(mixed_tracks) == write_tracks(replace(mixed_tracks))


def test_arrays_that_were_read_are_read_only(mixed_tracks: Tracks) -> None:
    back = read_tracks(b"lobby", write_tracks(mixed_tracks), event_headers())
    assert not back.states.flags.writeable
    assert not back.poses.keypoints.flags.writeable


def poses_message(full: Poses) -> pb.Poses:
    message = pb.Poses()
    message.ParseFromString(write_poses(full))
    return message


Change = Callable[[pb.Poses], object]
POSES: list[tuple[Change, str]] = [
    (lambda m: m.ClearField("stamp"), "time_source 0 is none that is read"),
    (lambda m: m.ClearField("skeleton"), f"unknown skeleton '': {THERE_ARE}"),
    (lambda m: setattr(m, "skeleton", "dog"), f"unknown skeleton 'dog': {THERE_ARE}"),
    (lambda m: setattr(m, "model", "m" * 257), "model: wanted at most 256 printable characters, got 257"),
    (lambda m: setattr(m, "model", "a\nb"), "model: wanted at most 256 printable characters, got 3"),
    (lambda m: setattr(m.stamp, "camera", ""), "FrameStamp.camera_id: wanted a name, got an empty text"),
    (lambda m: setattr(m.stamp, "camera", "../x"), "camera '../x' is no id: wanted 1 to 64 letters, digits and _ . -"),
    (lambda m: setattr(m.stamp, "camera", "hall"), "key b'lobby' is not the camera 'hall'"),
    (lambda m: setattr(m.stamp, "epoch", 2**63), f"epoch {2**63}, frame_index 7: at most {2**63 - 1} are read"),
    (lambda m: setattr(m.stamp, "frame_index", 2**63), f"epoch 0, frame_index {2**63}: at most {2**63 - 1} are read"),
    (lambda m: setattr(m.stamp, "pts_seconds", NAN), "FrameStamp.pts_seconds: wanted a finite number, got nan"),
    (lambda m: setattr(m.stamp, "time_source", 9), "time_source 9 is none that is read"),
    (lambda m: setattr(m.stamp, "width", 0), "FrameStamp: wanted a size of at least 1x1, got 0x360"),
    (lambda m: setattr(m.stamp, "height", 2**32 - 1), "a frame of 640x4294967295: at most 16384 a side are read"),
    (lambda m: m.keypoints.append(1.0), "keypoints: wanted 68 numbers, got 69"),
    (lambda m: m.keypoint_scores.pop(), "keypoint_scores: wanted 34 numbers, got 33"),
    (lambda m: m.boxes.pop(), "boxes: wanted 8 numbers, got 7"),
    (lambda m: m.scores.append(1.0), "keypoints: wanted 102 numbers, got 68"),
    (lambda m: m.scores.extend([1.0] * 999), "1001 persons: at most 1000 are read"),
    (lambda m: m.keypoints_3d.pop(), "keypoints_3d: wanted 102 numbers, got 101"),
    (lambda m: m.boxes.__setitem__(0, float("nan")), "Poses.boxes: wanted finite numbers, got NaN or infinity"),
    (lambda m: m.scores.__setitem__(0, float("inf")), "scores: wanted numbers up to 1e+06, got inf"),
    (lambda m: m.keypoints.__setitem__(3, -2e6), "keypoints: wanted numbers up to 1e+06, got 2e+06"),
    (lambda m: setattr(m, "appearance", b"abc"), "appearance: 3 bytes for 2 persons"),
    (lambda m: m.timings_ms.__setitem__("x", float("nan")), "timings_ms of 'x': wanted 0 to 1e+06, got nan"),
    (lambda m: m.timings_ms.__setitem__("x", -1.0), "timings_ms of 'x': wanted 0 to 1e+06, got -1"),
    (lambda m: m.timings_ms.__setitem__("\n", 1.0), "model: wanted at most 256 printable characters, got 1"),
    (lambda m: m.timings_ms.update({f"s{n}": 1.0 for n in range(40)}), "timings_ms: 42 stages, at most 32 are read"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), POSES, ids=range(len(POSES)))
def test_what_are_no_poses(full_poses: FullPoses, change: Change, reason: str) -> None:
    message = poses_message(full_poses(2))
    change(message)
    with pytest.raises(Unreadable, match=f"^{re.escape(reason)}$"):
        read_poses(b"lobby", message.SerializeToString(), event_headers())


def test_looks_of_nobody(full_poses: FullPoses) -> None:
    message = poses_message(full_poses(0))
    message.appearance = b"abc"
    with pytest.raises(Unreadable, match=r"^appearance: 3 bytes for 0 persons$"):
        read_poses(b"lobby", message.SerializeToString(), event_headers())


TrackChange = Callable[[pb.Tracks], object]
TRACKS: list[tuple[TrackChange, str]] = [
    (lambda m: m.ClearField("poses"), f"unknown skeleton '': {THERE_ARE}"),
    (lambda m: m.track_ids.append(9), "keypoints: wanted 136 numbers, got 102"),
    (lambda m: m.track_ids.extend(range(10, 1010)), "1003 tracks: at most 1000 are read"),
    (lambda m: m.track_ids.__setitem__(0, 1), "Tracks.track_ids: wanted unique ids, got [1, 1099511627776, 1]"),
    (lambda m: m.pose_indices.pop(), "Tracks.pose_indices: wanted shape (3), got (2,)"),
    (lambda m: m.pose_indices.__setitem__(1, 2), f"{ROWS} -1 or rows below 2, got [1, 2, -1]"),
    (lambda m: m.pose_indices.__setitem__(1, -2), f"{ROWS} -1 or rows below 2, got [1, -2, -1]"),
    (lambda m: m.pose_indices.__setitem__(0, -1), f"{ROWS} a row for each confirmed track, got [-1, 0, -1]"),
    (lambda m: setattr(m, "states", b"\1\0"), "Tracks.states: wanted shape (3), got (2,)"),
    (lambda m: setattr(m, "states", b"\1\0\3"), "states: 3 is none that is read"),
    (lambda m: m.velocities.__setitem__(0, 1e38), "velocities: wanted numbers up to 1e+09, got 1e+38"),
    (lambda m: m.ages_seconds.__setitem__(0, NAN), "Tracks.ages_seconds: wanted finite numbers, got NaN or infinity"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), TRACKS, ids=range(len(TRACKS)))
def test_what_are_no_tracks(mixed_tracks: Tracks, change: TrackChange, reason: str) -> None:
    message = pb.Tracks()
    message.ParseFromString(write_tracks(mixed_tracks))
    change(message)
    with pytest.raises(Unreadable, match=f"^{re.escape(reason)}$"):
        read_tracks(b"lobby", message.SerializeToString(), event_headers())


def test_an_id_that_64_bits_do_not_hold(mixed_tracks: Tracks) -> None:
    message = pb.Tracks()
    message.ParseFromString(write_tracks(mixed_tracks))
    message.track_ids[0] = 2**64 - 1
    with pytest.raises(Unreadable, match=r"^track_ids: 18446744073709551615, at most 9223372036854775807 are read$"):
        read_tracks(b"lobby", message.SerializeToString(), event_headers())


@pytest.mark.parametrize("read", [read_poses, read_tracks])
def test_bytes_that_are_no_message(read: Callable[..., object]) -> None:
    for value, reason in (
        (None, "the message is empty"),
        (b"", "the message is empty"),
        (b"\xff\xff\xff", "not a message of this topic: "),
        (bytes(events.MOST_EVENT_BYTES + 1), "an event of 1000001 bytes: at most 1000000 are read"),
        (b"\x0a\x03\x0a\x01\xff", "not a message of this topic: "),
    ):
        with pytest.raises(Unreadable, match=f"^{re.escape(reason)}"):
            read(b"lobby", value, event_headers())


@pytest.mark.parametrize(
    "headers", [None, [], {"schema_version": b"2"}, {"schema_version": b"\xff"}, [("a", b"")] * 65]
)
def test_headers_of_no_event(full_poses: FullPoses, headers: Any) -> None:  # noqa: ANN401  # of any kind
    with pytest.raises(Unreadable):
        read_poses(b"lobby", write_poses(full_poses(0)), headers)


def test_numbers_of_all_tracks_may_go_beyond_the_picture(mixed_tracks: Tracks) -> None:
    far = replace(mixed_tracks, velocities=np.full((3, 2), 5e8, np.float32))
    assert read_tracks(b"lobby", write_tracks(far), event_headers()).velocities[0, 0] == 5e8
