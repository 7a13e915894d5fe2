"""One frame as the rules see it: who stands where, who is out of sight, which zones there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posestream.config.cameras import CameraConfig
from posestream.schemas import Tracks, TrackState
from postprocess.geometry import foot_points
from postprocess.rules.report import CameraReport

Feet = NDArray[np.float64]


@dataclass(frozen=True)
class Person:
    """A confirmed track as last seen: where it stood (px), how high its box was (px), since when it is known."""

    track_id: int
    x: float
    y: float
    height: float
    born_ns: int
    seen_ns: int


@dataclass(frozen=True, eq=False)
class Scene:
    """What one frame tells. ``width`` and ``height`` are the frame's, px; zones are polygons (P, 2) px by id.

    ``seen``: persons in sight now; ``lost``: persons out of sight whose track lives, as they were last seen.
    ``report``: what is known of the camera itself; a scene is made of either tracks or a report.
    """

    now_ns: int
    width: int
    height: int
    zones: Mapping[str, Feet]
    seen: tuple[Person, ...]
    lost: tuple[Person, ...]
    report: CameraReport | None = None


def scene_of(tracks: Tracks, camera: CameraConfig, known: Sequence[Person]) -> Scene:
    """Give the scene of a frame; ``known`` are the persons remembered from the frames before."""
    stamp = tracks.poses.stamp
    size = np.array([stamp.width, stamp.height], np.float64)
    lost_ids = set(tracks.track_ids[tracks.states == TrackState.LOST].tolist())
    return Scene(
        now_ns=stamp.captured_at_ns,
        width=stamp.width,
        height=stamp.height,
        zones={zone.id: np.array(zone.polygon) * size for zone in camera.zones},
        seen=_persons(tracks),
        lost=tuple(person for person in known if person.track_id in lost_ids),
    )


def feet_of(persons: Sequence[Person]) -> Feet:
    """Give where persons stand (N, 2) px."""
    return np.array([(person.x, person.y) for person in persons], np.float64).reshape(-1, 2)


def _persons(tracks: Tracks) -> tuple[Person, ...]:
    now_ns = tracks.poses.stamp.captured_at_ns
    feet = foot_points(tracks)
    return tuple(
        Person(
            track_id=int(tracks.track_ids[row]),
            x=float(feet[row, 0]),
            y=float(feet[row, 1]),
            height=float(tracks.boxes[row, 3] - tracks.boxes[row, 1]),
            born_ns=now_ns - round(float(tracks.ages_seconds[row]) * 1e9),
            seen_ns=now_ns,
        )
        for row in np.flatnonzero(tracks.confirmed)
    )
