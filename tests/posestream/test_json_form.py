import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posestream.json_form import alert_to_json, iso_time, mot_rows, tracks_to_json
from posestream.schemas import Alert, AlertState, FrameStamp, Poses, Severity, Tracks, TrackState

MakeTracks = Callable[..., Tracks]


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (1, "1970-01-01T00:00:00.000000Z"),
        (1_999, "1970-01-01T00:00:00.000001Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (-1_000_000_000, "1969-12-31T23:59:59.000000Z"),
        (1_700_000_000_123_456_789, "2023-11-14T22:13:20.123456Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00.000000Z"),
    ],
)
def test_times(nanoseconds: int, text: str) -> None:
    assert iso_time(nanoseconds) == text


@given(st.integers(-(10**18), 4 * 10**18))
def test_times_read_back_are_cut_to_microseconds(nanoseconds: int) -> None:
    elapsed = datetime.fromisoformat(iso_time(nanoseconds)) - datetime(1970, 1, 1, tzinfo=UTC)
    assert elapsed // timedelta(microseconds=1) == nanoseconds // 1000


def test_a_frame_with_nobody(tracks_of: MakeTracks) -> None:
    assert tracks_to_json(tracks_of(0)) == {
        "camera": "lobby",
        "epoch": 0,
        "frame_index": 7,
        "pts_seconds": 0.28,
        "captured_at": "2023-11-14T22:13:20.123456Z",
        "width": 640,
        "height": 360,
        "model": "test",
        "skeleton": "coco17",
        "inferred": True,
        "persons": [],
    }
    assert mot_rows(tracks_of(0)) == []


def test_a_frame_that_nobody_looked_at(stamp: FrameStamp, tracks_of: MakeTracks) -> None:
    poses = replace(tracks_of(0).poses, stamp=replace(stamp, pts_seconds=0.123456789), inferred=False)
    written = tracks_to_json(Tracks.empty(poses))
    assert (written["inferred"], written["pts_seconds"]) == (False, 0.123457)


def test_two_persons_of_whom_one_is_tracked(tracks_of: MakeTracks) -> None:
    keep = {
        name: getattr(tracks_of(2), name)[1:]
        for name in ("keypoints", "keypoint_scores", "boxes", "velocities", "ages_seconds", "states")
    }
    tracks = tracks_of(2, track_ids=np.array([41]), pose_indices=np.array([1]), **keep)
    first, second = tracks_to_json(tracks)["persons"]
    assert (first["track_id"], first["score"], first["box"]) == (None, 0.9, [0.0, 0.0, 50.0, 160.0])
    assert (second["track_id"], second["score"], second["box"]) == (41, 0.5, [100.0, 0.0, 150.0, 160.0])
    assert second["keypoints"][2] == [102.0, 20.0, 0.75]
    assert len(second["keypoints"]) == 17


def test_numbers_are_short_and_the_line_is_json(pose_fields: Callable[[int], dict[str, Any]]) -> None:
    fields = pose_fields(1)
    fields["keypoints"] = fields["keypoints"] + np.float32(1 / 3)
    written = tracks_to_json(Tracks.empty(Poses(**fields)))
    assert written["persons"][0]["keypoints"][0] == [0.33, 0.33, 0.75]
    assert json.loads(json.dumps(written, allow_nan=False)) == written


def test_mot_rows_are_of_confirmed_tracks_only(tracks_of: MakeTracks) -> None:
    states = np.array([TrackState.TENTATIVE, TrackState.CONFIRMED, TrackState.LOST], np.uint8)
    tracks = tracks_of(3, states=states, pose_indices=np.array([0, 1, -1]))
    assert mot_rows(tracks) == ["8,2,100.00,0.00,50.00,160.00,0.7000,-1,-1,-1"]


@pytest.mark.parametrize(("ended_at_ns", "ended_at"), [(None, None), (1_500_000_000, "1970-01-01T00:00:01.500000Z")])
def test_an_alert(ended_at_ns: int | None, ended_at: str | None) -> None:
    alert = Alert(
        id="a",
        rule="intrusion",
        kind="zone",
        camera_id="lobby",
        epoch=3,
        zone="door",
        line=None,
        track_id=5,
        severity=Severity.WARNING,
        state=AlertState.FIRING,
        started_at_ns=1_000_000_000,
        ended_at_ns=ended_at_ns,
        frame_index=25,
        pts_seconds=1.00000049,
        value=1.23456,
        muted=True,
    )
    assert alert_to_json(alert) == {
        "id": "a",
        "rule": "intrusion",
        "kind": "zone",
        "camera": "lobby",
        "zone": "door",
        "line": None,
        "track_id": 5,
        "severity": "warning",
        "state": "firing",
        "started_at": "1970-01-01T00:00:01.000000Z",
        "ended_at": ended_at,
        "frame_index": 25,
        "pts_seconds": 1.0,
        "value": 1.235,
    }
