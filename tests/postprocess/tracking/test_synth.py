"""Four persons of known identity, seen perfectly and with sights missing."""

import json
from pathlib import Path

import numpy as np
import pytest

from posestream.schemas import FrameStamp, Poses, TimeSource, TrackState
from posestream.skeletons import COCO17
from postprocess.tracking import TrackerSettings, empty_tracker_state, track

pytestmark = pytest.mark.testdata

FRAMES = 500
FPS = 25


def poses_of(people: list[dict], frame: int) -> Poses:
    joints = np.array([one["keypoints"] for one in people], np.float32).reshape(-1, 17, 3)
    boxes = np.array([one["bbox"] for one in people], np.float32).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    seconds = (frame - 1) / FPS
    return Poses(
        stamp=FrameStamp("clip1", 0, frame - 1, seconds, round(seconds * 1e9), TimeSource.FILE, 640, 360),
        skeleton=COCO17,
        model="truth",
        keypoints=joints[..., :2].copy(),
        keypoint_scores=np.where(joints[..., 2] > 0, np.float32(0.9), np.float32(0)),
        boxes=boxes,
        scores=np.full(len(people), 0.9, np.float32),
    )


def names_given(people: list[dict], every: int, missing: float, seed: int) -> tuple[dict[int, set[int]], float]:
    """Follow the clip; give the ids that each person got and the share of sights that were confirmed."""
    random = np.random.default_rng(seed)
    state, names, sights, sure = empty_tracker_state(), {}, 0, 0
    for frame in range(1, FRAMES + 1, every):
        here = [one for one in people if one["frame"] == frame and random.random() >= missing]
        state, tracks = track(state, poses_of(here, frame), TrackerSettings())
        sights += len(here)
        for track_id, row, kind in zip(tracks.track_ids, tracks.pose_indices, tracks.states, strict=True):
            if kind == TrackState.CONFIRMED:
                names.setdefault(here[row]["id"], set()).add(int(track_id))
                sure += 1
    return names, sure / sights


@pytest.mark.parametrize("every", [1, 5])
@pytest.mark.parametrize(("missing", "seed"), [(0.0, 0), (0.2, 0), (0.2, 1), (0.2, 2)])
def test_everybody_keeps_one_id(testdata: Path, every: int, missing: float, seed: int) -> None:
    lines = (testdata / "synth/clip1/keypoints.jsonl").read_text().splitlines()
    names, sure = names_given([json.loads(line) for line in lines], every, missing, seed)
    assert sorted(names) == [1, 2, 3, 4]
    assert all(len(ids) == 1 for ids in names.values())
    assert len(set.union(*names.values())) == 4
    assert sure > 0.9
