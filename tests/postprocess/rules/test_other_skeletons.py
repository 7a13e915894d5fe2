"""Persons of every skeleton walk through the tracker and a zone rule as COCO's do."""

import zlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest

from posestream.schemas import Alert, FrameStamp, Poses, TimeSource, Tracks, TrackState
from posestream.skeletons import COCO17, SKELETONS, Skeleton
from postprocess.geometry import foot_points
from postprocess.tracking import TrackerSettings, empty_tracker_state, track

HEIGHT, NOISE = 160.0, 1.0  # px
# Places in heights of the person from the point between the feet, x to the person's left, y up.
PLACES = {
    "nose": (0, 0.92), "eye": (0.02, 0.94), "ear": (0.05, 0.93), "mouth": (0.02, 0.89), "head_top": (0, 1.0),
    "neck": (0, 0.82), "thorax": (0, 0.81), "upper_neck": (0, 0.86), "shoulder": (0.11, 0.81), "elbow": (0.15, 0.66),
    "wrist": (0.16, 0.52), "mid_hip": (0, 0.51), "pelvis": (0, 0.51), "hip": (0.08, 0.51), "knee": (0.09, 0.28),
    "ankle": (0.09, 0.04), "toe": (0.11, 0.0), "foot_index": (0.11, 0.0), "heel": (0.08, 0.01),
}  # fmt: skip
FACE = ("jaw", "chin", "brow", "bridge", "nostril", "nose", "eye", "lip", "mouth")
ALL = pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=list(SKELETONS))
Play = Callable[..., list[Alert]]
Rule = Callable[..., Any]


def place(keypoint: str) -> tuple[float, float]:
    """Give where a keypoint is: a finger at the wrist, a point of the face at the nose."""
    side, _, part = keypoint.partition("_")
    part = part if side in {"left", "right"} else keypoint
    if part not in PLACES:
        part = "toe" if part.endswith("toe") else "nose" if any(word in part for word in FACE) else "wrist"
    x, y = PLACES[part]
    return (-x if side == "right" else x), y


@cache
def noise(keypoint: str) -> np.ndarray:
    """Give how far a network is off with a keypoint (F, 2) in each frame: the same in all skeletons."""
    return np.random.default_rng(zlib.crc32(keypoint.encode())).normal(0, NOISE, (200, 2))


def person(skeleton: Skeleton, foot: tuple[float, float], frame: int) -> np.ndarray:
    """Give the joints (K, 2) of a person whose legs swing."""
    rows = []
    for name in skeleton.keypoints:
        x, y = place(name)
        stride = {"left": 1.0, "right": -1.0}.get(name.partition("_")[0], 0.0) * max(0.5 - y, 0.0)
        swing = 0.3 * stride * np.sin(frame / 3)
        rows.append(np.array([x + swing, -y]) * HEIGHT + foot + noise(name)[frame])
    return np.array(rows, np.float32)


def seen(skeleton: Skeleton, feet: Sequence[tuple[float, float]], frame: int) -> Poses:
    keypoints = np.array([person(skeleton, foot, frame) for foot in feet], np.float32)
    keypoints = keypoints.reshape(len(feet), len(skeleton.keypoints), 2)
    corners = np.array(feet, np.float32).reshape(-1, 2)
    half, tall = np.array([30, 0], np.float32), np.array([0, HEIGHT], np.float32)
    stamp = FrameStamp("lobby", 0, frame, frame / 10, frame * 10**8, TimeSource.FILE, 1000, 1000)
    return Poses(
        stamp=stamp,
        skeleton=skeleton,
        model="made",
        keypoints=keypoints,
        keypoint_scores=np.full(keypoints.shape[:2], 0.8, np.float32),
        boxes=np.concatenate([corners - half - tall, corners + half], axis=1).reshape(-1, 4),
        scores=np.full(len(feet), 0.8, np.float32),
    )


def followed(film: Sequence[Poses]) -> list[Tracks]:
    state, out = empty_tracker_state(), []
    for poses in film:
        state, tracks = track(state, poses, TrackerSettings())
        out.append(tracks)
    return out


def walk(skeleton: Skeleton) -> list[Tracks]:
    """One person goes from the left of the frame into the door and back."""
    way = [*range(300, 700, 10), *range(700, 300, -10)]
    return followed([seen(skeleton, [(float(x), 800.0)], frame) for frame, x in enumerate(way)])


@ALL
def test_nobody(skeleton: Skeleton, play: Play, rule: Rule) -> None:
    film = followed([seen(skeleton, [], frame) for frame in range(3)])
    assert [len(tracks.track_ids) for tracks in film] == [0, 0, 0]
    assert play(film, rule("zone", zone="door"), end=True) == []


@ALL
def test_one_walker_is_one_track_and_one_alert(skeleton: Skeleton, play: Play, rule: Rule) -> None:
    film = walk(skeleton)
    assert {one for tracks in film for one in tracks.track_ids.tolist()} == {1}
    assert all(tracks.states.tolist() == [TrackState.CONFIRMED] for tracks in film[3:])
    zone = rule("zone", zone="door", for_="500ms", resolve_after="1s")
    alerts = play(film, zone)
    assert [alert.state.value for alert in alerts] == ["firing", "resolved"]
    assert alerts == play(walk(COCO17), zone)


@ALL
def test_who_walks_stands_between_the_ankles(skeleton: Skeleton) -> None:
    tracks = walk(skeleton)[30]
    ankles = [skeleton.index("left_ankle"), skeleton.index("right_ankle")]
    assert foot_points(tracks)[0] == pytest.approx([tracks.keypoints[0, ankles, 0].mean(), 800], abs=8)


@ALL
def test_two_who_pass_each_other_keep_their_ids(skeleton: Skeleton) -> None:
    film = followed([seen(skeleton, [(300 + 8 * frame, 800), (700 - 8 * frame, 820)], frame) for frame in range(50)])
    assert [tracks.track_ids.tolist() for tracks in film[3:]] == [[1, 2]] * 47
    first, last = film[3].keypoints[:, :, 0].mean(axis=1), film[-1].keypoints[:, :, 0].mean(axis=1)
    assert first[0] < first[1]
    assert last[0] > last[1]


@ALL
def test_who_is_found_twice_is_one(skeleton: Skeleton) -> None:
    film = followed([twice(seen(skeleton, [(500.0, 800.0)], frame), frame) for frame in range(12)])
    assert {one for tracks in film for one in tracks.track_ids.tolist()} == {1}


def twice(poses: Poses, frame: int) -> Poses:
    """The same person found again, a bit elsewhere and a bit less surely."""
    again = seen(poses.skeleton, [(501.0, 801.0)], frame + 100)
    return Poses(
        stamp=poses.stamp,
        skeleton=poses.skeleton,
        model=poses.model,
        keypoints=np.concatenate([poses.keypoints, again.keypoints]),
        keypoint_scores=np.concatenate([poses.keypoint_scores, again.keypoint_scores]),
        boxes=np.concatenate([poses.boxes, again.boxes]),
        scores=np.array([0.8, 0.7], np.float32),
    )
