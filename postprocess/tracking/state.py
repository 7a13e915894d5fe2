"""What the tracker remembers between two frames of a camera."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32
from postprocess.smoothing import Joints
from postprocess.tracking.looks import Looks, first_looks
from postprocess.tracking.motion import Float64, Motion, Rows

BoolMask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Roster:
    """The live tracks, one row each, in the order of their birth. Letters in shapes: T tracks, K keypoints.

    ``track_ids`` (T,) int64; ``confirmed`` (T,): believed, once and for all; ``sightings`` (T,) int64;
    ``ages`` and ``unseen`` (T,) seconds since the first and the last sight; ``missed`` (T,) seconds of looking in vain
    since the last sight: time in which nobody looked counts for no more than a second of it. ``scores`` (T,) and
    ``joint_scores`` (T, K) as of the last sight; ``pose_rows`` (T,) int64: the row of this frame's poses, -1 if unseen.
    """

    track_ids: Rows
    confirmed: BoolMask
    sightings: Rows
    ages: Float64
    unseen: Float64
    missed: Float64
    scores: Float32
    joint_scores: Float32
    pose_rows: Rows
    motion: Motion
    joints: Joints
    looks: Looks

    def __len__(self) -> int:
        return len(self.track_ids)

    @property
    def seen(self) -> BoolMask:
        """Mask (T,) of the tracks seen in this frame."""
        return self.pose_rows >= 0


@dataclass(frozen=True, eq=False)
class TrackerState:
    """All that `track` remembers of one camera: of bounded size, made of numbers and arrays only.

    ``epoch`` is None before the first frame. ``next_id`` is the id that the next new track of the epoch gets.
    ``unlooked_seconds`` is the time since the last look. ``width`` and ``height`` are those of the last frame.
    """

    epoch: int | None
    captured_at_ns: int
    next_id: int
    unlooked_seconds: float
    width: int
    height: int
    roster: Roster


def empty_roster(joints: int) -> Roster:
    """Give a roster without tracks for skeletons of ``joints`` keypoints."""
    four = np.zeros((0, 4))
    flat = np.zeros((0, joints), np.float32)
    pairs = np.zeros((0, joints, 2), np.float32)
    counts, times = np.zeros(0, np.int64), np.zeros(0)
    return Roster(
        track_ids=counts,
        confirmed=np.zeros(0, np.bool_),
        sightings=counts,
        ages=times,
        unseen=times,
        missed=times,
        scores=np.zeros(0, np.float32),
        joint_scores=flat,
        pose_rows=counts,
        motion=Motion(four, four, np.zeros((0, 4, 3))),
        joints=Joints(pairs, pairs, flat),
        looks=first_looks(0, 0),
    )


def empty_tracker_state() -> TrackerState:
    """Give the state before a camera's first frame."""
    return TrackerState(
        epoch=None, captured_at_ns=0, next_id=1, unlooked_seconds=0.0, width=1, height=1, roster=empty_roster(0)
    )


def with_joints(roster: Roster, joints: int) -> Roster:
    """Give the roster for a skeleton of ``joints`` keypoints; joints of another skeleton are forgotten."""
    if roster.joint_scores.shape[1] == joints:
        return roster
    tracks = len(roster)
    middles = np.repeat(roster.motion.places[:, None, :2], joints, axis=1).astype(np.float32)
    never = np.full((tracks, joints), np.inf, np.float32)
    unknown = Joints(middles, np.zeros_like(middles), never)
    return replace(roster, joints=unknown, joint_scores=np.zeros((tracks, joints), np.float32))


def with_identities(bodies: Roster, persons: Roster) -> Roster:
    """Give the rows of ``bodies`` (where and how somebody was seen) as the tracks of ``persons`` (who it is)."""
    return replace(
        bodies,
        track_ids=persons.track_ids,
        confirmed=persons.confirmed,
        sightings=persons.sightings,
        ages=persons.ages,
        looks=replace(bodies.looks, clear=persons.looks.clear),
    )
