"""The JSON that posestream writes: one object a frame, one object an alert's change of state."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from posestream.schemas import Alert, Poses, Tracks, TrackState


def iso_time(nanoseconds: int) -> str:
    """Give UTC nanoseconds as ISO-8601 with microseconds and Z."""
    moment = datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds // 1000 % 1_000_000:06d}Z"


def tracks_to_json(tracks: Tracks) -> dict[str, Any]:
    """Give the object of poses.jsonl: persons seen in this frame, with the ids that they have.

    ``keypoints_3d`` (metres, x, y, z) is there only with a model that gives it.
    """
    poses = tracks.poses
    stamp = poses.stamp
    id_of = {int(row): int(track) for row, track in zip(tracks.pose_indices, tracks.track_ids, strict=True) if row >= 0}
    joints = np.concatenate([poses.keypoints, poses.keypoint_scores[..., None]], axis=2)
    return {
        "camera": stamp.camera_id,
        "epoch": stamp.epoch,
        "frame_index": stamp.frame_index,
        "pts_seconds": round(stamp.pts_seconds, 6),
        "captured_at": iso_time(stamp.captured_at_ns),
        "width": stamp.width,
        "height": stamp.height,
        "model": poses.model,
        "skeleton": poses.skeleton.name,
        "inferred": poses.inferred,
        "persons": [
            {
                "track_id": id_of.get(row),
                "score": _short(poses.scores[row], 4),
                "box": [_short(value, 2) for value in poses.boxes[row]],
                "keypoints": [[_short(x, 2), _short(y, 2), _short(score, 4)] for x, y, score in joints[row]],
                **_body(poses, row),
            }
            for row in range(len(poses))
        ],
    }


def alert_to_json(alert: Alert) -> dict[str, Any]:
    """Give the object of alerts.jsonl."""
    return {
        "id": alert.id,
        "rule": alert.rule,
        "kind": alert.kind,
        "camera": alert.camera_id,
        "zone": alert.zone,
        "line": alert.line,
        "track_id": alert.track_id,
        "severity": alert.severity.value,
        "state": alert.state.value,
        "started_at": iso_time(alert.started_at_ns),
        "ended_at": None if alert.ended_at_ns is None else iso_time(alert.ended_at_ns),
        "frame_index": alert.frame_index,
        "pts_seconds": round(alert.pts_seconds, 6),
        "value": round(alert.value, 3),
    }


def mot_rows(tracks: Tracks) -> list[str]:
    """Give the rows of tracks.txt (MOT format, frames from 1), confirmed tracks only."""
    frame = tracks.poses.stamp.frame_index + 1
    rows = []
    for track in np.flatnonzero(tracks.states == TrackState.CONFIRMED):
        x1, y1, x2, y2 = (float(value) for value in tracks.boxes[track])
        score = float(tracks.poses.scores[tracks.pose_indices[track]])
        rows.append(
            f"{frame},{int(tracks.track_ids[track])},{x1:.2f},{y1:.2f},{x2 - x1:.2f},{y2 - y1:.2f},{score:.4f},-1,-1,-1"
        )
    return rows


def _body(poses: Poses, row: int) -> dict[str, Any]:
    if poses.keypoints_3d is None:
        return {}
    return {"keypoints_3d": [[_short(value, 4) for value in joint] for joint in poses.keypoints_3d[row]]}


def _short(value: np.floating[Any] | float, digits: int) -> float:
    return round(float(value), digits)
