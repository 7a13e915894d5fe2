"""poses.jsonl of ``posestream analyze``, read again as Poses."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from posestream.errors import InputError, PosestreamError
from posestream.schemas import FrameStamp, Poses, TimeSource
from posestream.schemas.checks import Float32
from posestream.skeletons import skeleton_by_name

LONGEST_LINE = 4_000_000


def poses_in(path: Path) -> Iterator[Poses]:
    """Give the Poses of each line.

    Raises:
        InputError: if the file cannot be read or a line is none of ours; the text names the line.
    """
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(iter(lambda: lines.readline(LONGEST_LINE), b""), 1):
                yield _poses(path, number, line)
    except OSError as exc:
        raise InputError(f"{path}: cannot be read: {exc.strerror}") from exc


def poses_from_json(content: Mapping[str, Any]) -> Poses:
    """Give the Poses of an object of poses.jsonl; its numbers are rounded as they were written.

    Raises:
        KeyError, TypeError, ValueError, UsageError: if it is none.
    """
    skeleton = skeleton_by_name(content["skeleton"])
    persons = content["persons"]
    joints = len(skeleton.keypoints)
    keypoints = np.array([person["keypoints"] for person in persons], np.float32).reshape(len(persons), joints, 3)
    return Poses(
        stamp=FrameStamp(
            camera_id=content["camera"],
            epoch=int(content["epoch"]),
            frame_index=int(content["frame_index"]),
            pts_seconds=float(content["pts_seconds"]),
            captured_at_ns=_nanoseconds(content["captured_at"]),
            time_source=TimeSource.FILE,
            width=int(content["width"]),
            height=int(content["height"]),
        ),
        skeleton=skeleton,
        model=str(content["model"]),
        keypoints=np.ascontiguousarray(keypoints[..., :2]),
        keypoint_scores=np.ascontiguousarray(keypoints[..., 2]),
        boxes=np.array([person["box"] for person in persons], np.float32).reshape(len(persons), 4),
        scores=np.array([person["score"] for person in persons], np.float32),
        keypoints_3d=_bodies(persons, joints),
        inferred=bool(content["inferred"]),
    )


def _bodies(persons: Sequence[Mapping[str, Any]], joints: int) -> Float32 | None:
    """Give keypoints_3d (N, K, 3) in metres; None if the model gave none."""
    if not persons or "keypoints_3d" not in persons[0]:
        return None
    return np.array([person["keypoints_3d"] for person in persons], np.float32).reshape(len(persons), joints, 3)


def _poses(path: Path, number: int, line: bytes) -> Poses:
    try:
        return poses_from_json(json.loads(line))
    except KeyError as exc:
        raise InputError(f"{path}, line {number}: no line of a poses.jsonl: {exc} is missing") from exc
    except (ValueError, TypeError, RecursionError, PosestreamError) as exc:
        raise InputError(f"{path}, line {number}: no line of a poses.jsonl: {str(exc)[:200]}") from exc


def _nanoseconds(text: str) -> int:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"captured_at: wanted a time with its zone, got '{text[:40]}'")
    return int(moment.replace(microsecond=0).timestamp()) * 1_000_000_000 + moment.microsecond * 1000
