"""Good messages for each topic, made here: people who walk through the picture of a few cameras."""

from collections.abc import Iterator

import numpy as np

from lab.malformed import Load
from lab.poison import Message
from posestream.jpeg import encode_jpeg
from posestream.messaging.alert_message import alert_head, write_alert
from posestream.messaging.events import event_headers, write_poses, write_tracks
from posestream.messaging.frame_message import JPEG, frame_headers
from posestream.schemas import Alert, AlertState, FrameStamp, Image, Poses, Severity, TimeSource, Tracks
from posestream.schemas.alert import alert_id
from posestream.skeletons import COCO17
from postprocess.tracking.settings import TrackerSettings
from postprocess.tracking.state import empty_tracker_state
from postprocess.tracking.tracker import track

CAMERAS, PERSONS, FPS = 4, 5, 5
BEGAN_NS = 1_750_000_000_000_000_000


def stamps(count: int) -> Iterator[FrameStamp]:
    """Give stamps of several cameras in turn, five frames a second each, of an epoch long ago."""
    for number in range(count):
        index = number // CAMERAS
        yield FrameStamp(
            camera_id=f"load{number % CAMERAS}",
            epoch=1,
            frame_index=index,
            pts_seconds=index / FPS,
            captured_at_ns=BEGAN_NS + index * 1_000_000_000 // FPS,
            time_source=TimeSource.FILE,
            width=640,
            height=360,
        )


def walking(stamp: FrameStamp) -> Poses:
    """Give persons who walk side by side, each at a pace of its own."""
    rng = np.random.default_rng(7)
    offsets = rng.uniform(-1, 1, (PERSONS, 17, 2)) * (15, 50)
    middles = np.array([[60 + 110 * n + 20 * np.sin(stamp.pts_seconds / 3 + n), 180.0] for n in range(PERSONS)])
    keypoints = (middles[:, None] + offsets).astype(np.float32)
    boxes = np.concatenate([keypoints.min(axis=1), keypoints.max(axis=1)], axis=1).astype(np.float32)
    return Poses(
        stamp=stamp,
        skeleton=COCO17,
        model="load",
        keypoints=keypoints,
        keypoint_scores=np.full((PERSONS, 17), 0.9, np.float32),
        boxes=boxes,
        scores=np.full(PERSONS, 0.9, np.float32),
        appearance=np.tile(np.arange(48, dtype=np.uint8), (PERSONS, 1)),
    )


def all_tracks(count: int) -> Iterator[Tracks]:
    """Give what the tracker makes of ``count`` poses."""
    states = {f"load{number}": empty_tracker_state() for number in range(CAMERAS)}
    for stamp in stamps(count):
        states[stamp.camera_id], tracks = track(states[stamp.camera_id], walking(stamp), TrackerSettings())
        yield tracks


def frames(count: int) -> list[Message]:
    """Give frames with a picture of noise: nobody is in it, but it is looked at."""
    rng = np.random.default_rng(3)
    picture = encode_jpeg(Image(rng.integers(0, 256, (90, 160, 3), np.uint8).repeat(4, 0).repeat(4, 1), "rgb24"), 85)
    return [(one.camera_id.encode(), picture, frame_headers(one, JPEG, keyframe=True)) for one in stamps(count)]


def poses(count: int) -> list[Message]:
    """Give messages of the poses topic."""
    return [(one.camera_id.encode(), write_poses(walking(one)), event_headers()) for one in stamps(count)]


def tracks(count: int) -> list[Message]:
    """Give messages of the tracks topic."""
    return [(one.poses.stamp.camera_id.encode(), write_tracks(one), event_headers()) for one in all_tracks(count)]


def alerts(count: int) -> list[Message]:
    """Give messages of the alerts topic: alerts that fire, each another one."""
    return [(one.camera_id.encode(), write_alert(one), alert_head(one, "lab")) for one in map(_alert, stamps(count))]


def loads(count: int, frame_count: int) -> tuple[Load, ...]:
    """Give a load for each service that reads a topic and answers on another one."""
    return (
        Load("infer", "frames", "poses", frames(frame_count)),
        Load("track", "poses", "tracks", poses(count)),
    )


def _alert(stamp: FrameStamp) -> Alert:
    frame = stamp.frame_index
    return Alert(
        id=alert_id(rule="r", camera_id=stamp.camera_id, epoch=1, place=None, track_id=1, first_firing_frame=frame),
        rule="r",
        kind="zone",
        camera_id=stamp.camera_id,
        epoch=1,
        zone="all",
        line=None,
        track_id=1,
        severity=Severity.WARNING,
        state=AlertState.FIRING,
        started_at_ns=stamp.captured_at_ns,
        ended_at_ns=None,
        frame_index=frame,
        pts_seconds=stamp.pts_seconds,
        value=1.0,
    )
