"""What our writers write is what docs/asyncapi.json says; anything else is not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from posestream.messaging.alert_message import alert_head, write_alert
from posestream.messaging.control_message import Mark, control_headers, control_key, write_control
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.events import event_headers, write_poses, write_tracks
from posestream.messaging.frame_message import frame_headers
from posestream.messaging.health_message import (
    CameraHealth,
    WorkerHealth,
    health_headers,
    health_key,
    write_health,
)
from posestream.schemas import Alert, AlertState, FrameStamp, Poses, Severity, TimeSource, Tracks
from posestream.skeletons import COCO17

Sample = tuple[str, bytes | None, bytes | None, list[Any]]

STAMP = FrameStamp(
    camera_id="lobby",
    epoch=1_700_000_000_000,
    frame_index=7,
    pts_seconds=1e-7,
    captured_at_ns=1_700_000_000_123_456_789,
    time_source=TimeSource.RTCP,
    width=640,
    height=360,
)
POSES = Poses(
    stamp=STAMP,
    skeleton=COCO17,
    model="test",
    keypoints=np.ones((1, 17, 2), np.float32),
    keypoint_scores=np.ones((1, 17), np.float32),
    boxes=np.array([[0, 0, 9, 9]], np.float32),
    scores=np.ones(1, np.float32),
)
TRACKS = Tracks(
    poses=POSES,
    track_ids=np.ones(1, np.int64),
    pose_indices=np.zeros(1, np.int64),
    keypoints=POSES.keypoints,
    keypoint_scores=POSES.keypoint_scores,
    boxes=POSES.boxes,
    velocities=np.zeros((1, 2), np.float32),
    ages_seconds=np.zeros(1, np.float32),
    states=np.ones(1, np.uint8),
)
ALERT = Alert(
    id="a1",
    rule="intrusion",
    kind="zone",
    camera_id="lobby",
    epoch=0,
    zone="door",
    line=None,
    track_id=3,
    severity=Severity.WARNING,
    state=AlertState.FIRING,
    started_at_ns=1_700_000_000_000_000_000,
    ended_at_ns=None,
    frame_index=7,
    pts_seconds=0.28,
    value=1.0,
    muted=False,
)
CAMERA = CameraHealth(
    camera="lobby",
    worker="ingest/a",
    state="live",
    at_ns=1,
    epoch=0,
    frames_decoded=3,
    frames_produced=2,
    frames_delivered=1,
    frames_dropped={"queue": 1},
    reconnects=0,
    fps=5.0,
    score=60,
    reasons=("scene_changed",),
    time_source="rtcp",
    skew_ms=-4.5,
)
WORKER = WorkerHealth(worker="infer/a", service="infer", state="ready", at_ns=2, started_at_ns=1, beat=1)
MARK = Mark(kind="mark", at_ns=1, by="anna", alert="a1", right=True)
LETTER = DeadLetter("too short", "track", "posestream.poses", 1, 7, None, b"\xff", [("a", b"\xff")])

SAMPLES: dict[str, Sample] = {
    "frame": ("frames", b"lobby", b"jpeg", frame_headers(STAMP, "jpeg", keyframe=True)),
    "poses": ("poses", b"lobby", write_poses(POSES), event_headers()),
    "tracks": ("tracks", b"lobby", write_tracks(TRACKS), event_headers()),
    "alert": ("alerts", b"lobby", write_alert(ALERT), alert_head(ALERT, "site")),
    "cameraHealth": ("health", health_key(CAMERA).encode(), write_health(CAMERA), health_headers(CAMERA, "site")),
    "workerHealth": ("health", health_key(WORKER).encode(), write_health(WORKER), health_headers(WORKER, "site")),
    "mark": ("control", control_key(MARK).encode(), write_control(MARK), control_headers(MARK, "site")),
    "deadLetter": ("dead-letters", None, LETTER.message_value(), LETTER.message_headers()),
    "deletion": ("control", b"mark/a1", None, []),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_what_we_write_is_what_the_document_says(contract: Any, name: str) -> None:  # noqa: ANN401  # loaded by path
    assert contract.check(*SAMPLES[name]) == name


def test_other_headers_may_ride_along(contract: Any) -> None:  # noqa: ANN401  # loaded by path
    stream, key, value, headers = SAMPLES["poses"]
    assert contract.check(stream, key, value, [*headers, ("traceparent", b"00-x-y-01")]) == "poses"


@pytest.mark.parametrize(
    ("name", "spoil", "reason"),
    [
        ("frame", lambda it: (it[0], b"lob by", *it[2:]), "lob by"),
        ("frame", lambda it: (*it[:3], it[3][1:]), "'camera' is a required property"),
        ("frame", lambda it: (*it[:3], [*it[3], ("codec", b"gif")]), "gif"),
        ("poses", lambda it: (*it[:2], b"\0\xff", it[3]), "not a posestream.v1.Poses"),
        ("poses", lambda it: (*it[:2], it[2] + b"\xfa\x07\x01x", it[3]), "fields that posestream.v1.Poses"),
        ("alert", lambda it: (*it[:2], it[2].replace(b'"rule"', b'"rull"'), it[3]), "'rule' is a required property"),
        ("alert", lambda it: (*it[:2], b"not JSON", it[3]), "Expecting value"),
        ("alert", lambda it: (*it[:3], [*it[3], ("ce_type", b"io.posestream.alert.pending")]), "pending"),
        (
            "cameraHealth",
            lambda it: (*it[:2], it[2].replace(b":60", b":160"), it[3]),
            "160 is greater than the maximum",
        ),
        ("workerHealth", lambda it: (it[0], b"lobby", *it[2:]), "lobby"),
        ("deadLetter", lambda it: (*it[:3], it[3][1:]), "'reason' is a required property"),
    ],
)
def test_anything_else_is_refused_with_the_reason(
    contract: Any,  # noqa: ANN401  # loaded by path
    name: str,
    spoil: Callable[[Sample], Sample],
    reason: str,
) -> None:
    with pytest.raises(AssertionError, match=reason.replace(".", r"\.")):
        contract.check(*spoil(SAMPLES[name]))
