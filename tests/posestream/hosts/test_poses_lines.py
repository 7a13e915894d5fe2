import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from posestream.errors import InputError
from posestream.hosts.poses_lines import poses_from_json, poses_in
from posestream.json_form import tracks_to_json
from posestream.schemas import FrameStamp, Poses, TimeSource, Tracks
from posestream.skeletons import COCO17, SKELETONS, Skeleton

STAMP = FrameStamp("lobby", 3, 7, 1.4, 1_750_000_000_123_456_000, TimeSource.FILE, 320, 240)


def some_poses(persons: int, skeleton: Skeleton = COCO17) -> Poses:
    joints = len(skeleton.keypoints)
    grid = np.arange(persons * joints * 2, dtype=np.float32).reshape(persons, joints, 2)
    return Poses(
        stamp=STAMP,
        skeleton=skeleton,
        model="m",
        keypoints=grid / 4,
        keypoint_scores=np.full((persons, joints), 0.5, np.float32),
        boxes=np.tile(np.array([1, 2, 3, 4], np.float32), (persons, 1)),
        scores=np.full(persons, 0.25, np.float32),
    )


@pytest.mark.parametrize("persons", [0, 1, 3])
@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=list(SKELETONS))
def test_what_analyze_writes_is_read_again(skeleton: Skeleton, persons: int) -> None:
    poses = some_poses(persons, skeleton)
    line = tracks_to_json(Tracks.empty(poses))
    back = poses_from_json(line)
    assert (back.stamp, back.model, back.inferred, back.skeleton) == (STAMP, "m", True, skeleton)
    assert tracks_to_json(Tracks.empty(back)) == line
    for name in ("keypoints", "keypoint_scores", "boxes", "scores"):
        np.testing.assert_array_equal(getattr(back, name), getattr(poses, name))


@pytest.mark.parametrize("persons", [1, 3])
def test_joints_in_metres_are_kept(persons: int) -> None:
    metres = np.random.default_rng(0).normal(0, 1, (persons, 17, 3)).astype(np.float32).round(4)
    poses = replace(some_poses(persons), keypoints_3d=metres)
    back = poses_from_json(tracks_to_json(Tracks.empty(poses)))
    assert back.keypoints_3d is not None
    np.testing.assert_allclose(back.keypoints_3d, metres, atol=1e-6)


def test_a_file_without_lines(tmp_path: Path) -> None:
    (tmp_path / "poses.jsonl").touch()
    assert list(poses_in(tmp_path / "poses.jsonl")) == []


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        list(poses_in(tmp_path / "poses.jsonl"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"camera": ""}, "camera_id"),
        ({"epoch": None}, "int"),
        ({"captured_at": "yesterday"}, "yesterday"),
        ({"captured_at": "2026-01-31T08:00:00"}, "with its zone"),
        ({"skeleton": "fish"}, "unknown skeleton"),
        ({"persons": [{"keypoints": [[1, 2, 3]], "box": [1, 2, 3, 4], "score": 1}]}, "reshape"),
        ({"persons": [{"keypoints": [[1, 2, float("nan")]] * 17, "box": [1, 2, 3, 4], "score": 1}]}, "finite"),
        ({"persons": [{}]}, "'keypoints' is missing"),
    ],
)
def test_lines_that_are_none_of_ours_are_named(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    good = tracks_to_json(Tracks.empty(some_poses(1)))
    lines = [json.dumps(good), json.dumps(good | changes)]
    (tmp_path / "poses.jsonl").write_text("\n".join(lines))
    read = poses_in(tmp_path / "poses.jsonl")
    next(read)
    with pytest.raises(InputError, match=r"poses\.jsonl, line 2: no line of a poses\.jsonl") as caught:
        next(read)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
