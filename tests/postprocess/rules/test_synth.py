"""All six true events of the synthetic clip, from its exact foot points, and no others."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from posestream.config.cameras import CameraConfig
from posestream.schemas import AlertState, FrameStamp, Poses, TimeSource, Tracks, TrackState
from posestream.skeletons import COCO17
from postprocess.rules import empty_rules_state, finish, judge

pytestmark = pytest.mark.testdata

FPS, WIDTH, HEIGHT = 25, 640, 360
KINDS = {"zone_intrusion": "zone", "loitering": "loiter", "crowding": "crowd"}


def perfect_tracks(people: list[dict], frame: int, born: dict[int, int]) -> Tracks:
    """Give tracks whose ankles and lower edge are the true foot points."""
    feet = np.array([one["foot"] for one in people], np.float32).reshape(-1, 2)
    boxes = np.array([one["bbox"] for one in people], np.float32).reshape(-1, 4)
    boxes = np.concatenate([boxes[:, :2], boxes[:, :1] + boxes[:, 2:3], feet[:, 1:]], axis=1)
    keypoints = np.repeat(feet[:, None], 17, axis=1)
    scores, seconds = np.full((len(people), 17), 0.9, np.float32), (frame - 1) / FPS
    stamp = FrameStamp("clip1", 0, frame - 1, seconds, round(seconds * 1e9), TimeSource.FILE, WIDTH, HEIGHT)
    ids = [one["id"] for one in people]
    return Tracks(
        poses=Poses(stamp, COCO17, "truth", keypoints, scores, boxes, np.ones(len(people), np.float32)),
        track_ids=np.array(ids, np.int64),
        pose_indices=np.arange(len(people)),
        keypoints=keypoints,
        keypoint_scores=scores,
        boxes=boxes,
        velocities=np.zeros((len(people), 2), np.float32),
        ages_seconds=np.array([(frame - born.setdefault(one, frame)) / FPS for one in ids], np.float32),
        states=np.full(len(people), TrackState.CONFIRMED, np.uint8),
    )


def test_all_events_and_no_others(testdata: Path, rule: Callable[..., Any]) -> None:
    folder = testdata / "synth/clip1"
    truth = json.loads((folder / "events.json").read_text())
    people = [json.loads(line) for line in (folder / "keypoints.jsonl").read_text().splitlines()]
    polygon = [[x / WIDTH, y / HEIGHT] for x, y in truth["zone"]]
    camera = CameraConfig.model_validate(
        {"id": "clip1", "url": "file:clip.mp4", "zones": [{"id": "floor", "polygon": polygon}]}
    )
    numbers = truth["rules"]
    rules = [
        rule("zone", zone="floor"),
        rule("loiter", radius=numbers["loiter_radius_px"] / HEIGHT, for_=f"{numbers['loiter_seconds']}s"),
        rule("crowd", within=numbers["crowd_radius_px"] / HEIGHT, more_than=numbers["crowd_persons"] - 1),
    ]
    state, alerts, born = empty_rules_state(), [], {}
    for frame in range(1, truth["frames"] + 1):
        here = [one for one in people if one["frame"] == frame]
        state, news = judge(state, perfect_tracks(here, frame, born), camera, rules)
        alerts += news
    alerts += finish(state)

    delay = {"zone": 5, "loiter": 0, "crowd": 5}
    wanted = sorted((KINDS[one["type"]], one.get("id", 0), one["first_frame"]) for one in truth["events"])
    fired = [one for one in alerts if one.state is AlertState.FIRING]
    got = sorted((one.kind, one.track_id or 0, one.frame_index + 1) for one in fired)
    assert [one[:2] for one in got] == [one[:2] for one in wanted]
    for (kind, _, first), (_, _, frame) in zip(wanted, got, strict=True):
        assert 0 <= frame - first - delay[kind] <= 10

    ends = {one.id: one for one in alerts if one.state is AlertState.RESOLVED}
    lasted = sorted((one["last_frame"] - 1) / FPS for one in truth["events"])
    assert sorted((ends[one.id].ended_at_ns or 0) / 1e9 for one in fired) == pytest.approx(lasted, abs=0.4)
