"""Following persons from frame to frame."""

from dataclasses import replace

import numpy as np

from posestream.schemas import Poses, Tracks, TrackState
from postprocess.boxes import covered_shares
from postprocess.smoothing import carry, first_joints, smooth
from postprocess.tracking.association import associate
from postprocess.tracking.columns import join_rows, put_rows, take_rows
from postprocess.tracking.duplicates import distinct_poses, without_repeats
from postprocess.tracking.looks import (
    LooksSettings,
    aged,
    first_looks,
    remembered,
    touched,
    waited_for,
    with_numbers,
)
from postprocess.tracking.mixups import without_mixups
from postprocess.tracking.motion import Rows, correct, first_motion, predict
from postprocess.tracking.settings import TrackerSettings
from postprocess.tracking.state import BoolMask, Roster, TrackerState, empty_roster, with_joints


def track(state: TrackerState, poses: Poses, settings: TrackerSettings) -> tuple[TrackerState, Tracks]:
    """Give the state after a frame and the tracks that live in it.

    Pure and deterministic; frames of one camera come in order. Time is that of the stamps and may be irregular,
    stand still or jump back (then no time has passed). A new epoch starts with no tracks and id 1; an id is never
    used again within its epoch. Without a look (``poses.inferred`` False) time passes and nothing is matched; a track
    outlives ``unlooked_seconds`` of that, as nobody can say that the person has gone.

    Rows of the answer: tracks seen now (tentative or confirmed), and confirmed ones that are not (lost, with the
    place where they are expected, ``pose_indices`` -1 and joint scores 0).
    """
    stamp = poses.stamp
    if state.epoch != stamp.epoch:
        state = replace(
            state,
            epoch=stamp.epoch,
            captured_at_ns=stamp.captured_at_ns,
            next_id=1,
            unlooked_seconds=0.0,
            roster=empty_roster(0),
        )
    seconds = max(stamp.captured_at_ns - state.captured_at_ns, 0) / 1e9
    unlooked = state.unlooked_seconds + seconds
    roster = with_joints(state.roster, len(poses.skeleton.keypoints))
    roster = _advanced(roster, seconds, settings)
    roster = _kept(roster, min(unlooked, settings.longest_look_seconds) if poses.inferred else 0.0, settings)
    roster = _looked(roster, poses, state.next_id, settings) if poses.inferred else _unseen(roster)
    next_id = max(state.next_id, int(roster.track_ids.max(initial=0)) + 1)
    unlooked = 0.0 if poses.inferred else unlooked
    state = TrackerState(stamp.epoch, stamp.captured_at_ns, next_id, unlooked, stamp.width, stamp.height, roster)
    return state, _tracks(roster, poses)


def _advanced(roster: Roster, seconds: float, settings: TrackerSettings) -> Roster:
    """Let time pass: everybody moves on as expected."""
    drift = roster.motion.velocities[:, :2] * seconds
    return replace(
        roster,
        ages=roster.ages + seconds,
        unseen=roster.unseen + seconds,
        motion=predict(roster.motion, seconds, settings.motion),
        joints=carry(roster.joints, drift, seconds),
        looks=aged(roster.looks, seconds, roster.seen, settings.looks),
    )


def _kept(roster: Roster, looked_seconds: float, settings: TrackerSettings) -> Roster:
    """End who was looked for in vain for too long, the coming look included, or not looked for at all for longer."""
    missed = roster.missed + looked_seconds
    longest = max(settings.looks.hidden_seconds, settings.lost_seconds)
    limit = np.where(waited_for(roster.looks, settings.looks), longest, settings.lost_seconds)
    gone = (missed > limit) | (roster.unseen > limit + settings.unlooked_seconds)
    roster = replace(roster, missed=missed)
    return take_rows(roster, ~gone) if gone.any() else roster


def _unseen(roster: Roster) -> Roster:
    return replace(roster, pose_rows=np.full(len(roster), -1, np.int64))


def _looked(roster: Roster, poses: Poses, next_id: int, settings: TrackerSettings) -> Roster:
    """Match the poses, start tracks for the new ones and end what is not worth keeping."""
    usable = distinct_poses(poses, settings)
    taken = usable.copy()
    found = associate(roster, poses, usable, settings)
    roster = _sighted(replace(roster, pose_rows=found), poses, settings)
    usable[found[found >= 0]] = False
    fresh = np.flatnonzero(usable & (poses.scores >= settings.birth_score))
    best = fresh[np.argsort(-poses.scores[fresh], kind="stable")][: max(settings.max_tracks - len(roster), 0)]
    if len(best):
        numbers = roster.looks.clear.shape[1]
        roster = join_rows(roster, _born(np.sort(best), poses, next_id, numbers, settings))
    enough = roster.sightings >= settings.confirm_sightings
    enough |= (roster.sightings > 1) & (roster.ages >= settings.confirm_seconds)
    roster = replace(roster, confirmed=roster.confirmed | (enough & roster.seen))
    gone = ~roster.confirmed & ~roster.seen & (roster.unseen > settings.tentative_seconds)
    roster = take_rows(roster, ~gone) if gone.any() else roster
    roster = without_repeats(roster, poses.skeleton, settings)
    return without_mixups(_remembered(roster, poses, taken, settings.looks), settings.looks)


def _sighted(roster: Roster, poses: Poses, settings: TrackerSettings) -> Roster:
    """Correct the tracks that were found by what was seen of them."""
    rows = np.flatnonzero(roster.seen)
    if not len(rows):
        return roster
    seen = roster.pose_rows[rows]
    motion = correct(roster.motion, rows, poses.boxes[seen], settings.motion)
    scores, joint_scores = roster.scores.copy(), roster.joint_scores.copy()
    unseen, missed = roster.unseen.copy(), roster.missed.copy()
    joints = smooth(
        take_rows(roster.joints, rows),
        poses.keypoints[seen],
        poses.keypoint_scores[seen],
        unseen[rows],
        motion.heights[rows],
        settings.smoothing,
    )
    scores[rows], joint_scores[rows] = poses.scores[seen], poses.keypoint_scores[seen]
    unseen[rows] = missed[rows] = 0
    return replace(
        roster,
        sightings=roster.sightings + roster.seen,
        unseen=unseen,
        missed=missed,
        scores=scores,
        joint_scores=joint_scores,
        motion=motion,
        joints=put_rows(roster.joints, rows, joints),
    )


def _remembered(roster: Roster, poses: Poses, taken: BoolMask, settings: LooksSettings) -> Roster:
    """Note who touches whom and what they look like; ``taken`` (N,) are the poses that are persons."""
    if poses.appearance is None:
        return roster
    looks = with_numbers(roster.looks, poses.appearance.shape[1])
    looks = touched(looks, roster.track_ids, roster.motion.boxes, roster.seen, settings)
    shares = covered_shares(poses.boxes, poses.boxes) * taken
    np.fill_diagonal(shares, 0)
    uncovered = shares.max(axis=1, initial=0) <= settings.covered
    return replace(roster, looks=remembered(looks, roster.pose_rows, poses.appearance, uncovered, settings))


def _born(rows: Rows, poses: Poses, next_id: int, numbers: int, settings: TrackerSettings) -> Roster:
    """Start a track for each of these poses."""
    count, zeros = len(rows), np.zeros(len(rows))
    return Roster(
        track_ids=np.arange(next_id, next_id + count, dtype=np.int64),
        confirmed=np.zeros(count, np.bool_),
        sightings=np.ones(count, np.int64),
        ages=zeros,
        unseen=zeros,
        missed=zeros,
        scores=poses.scores[rows],
        joint_scores=poses.keypoint_scores[rows],
        pose_rows=rows,
        motion=first_motion(poses.boxes[rows], settings.motion),
        joints=first_joints(poses.keypoints[rows], poses.keypoint_scores[rows], settings.smoothing),
        looks=first_looks(count, numbers),
    )


def _tracks(roster: Roster, poses: Poses) -> Tracks:
    """Give what is told of the tracks: all that are seen, and those unseen that are believed."""
    tellable = roster.seen | roster.confirmed
    told = roster if tellable.all() else take_rows(roster, tellable)
    states = np.where(told.confirmed, np.where(told.seen, TrackState.CONFIRMED, TrackState.LOST), TrackState.TENTATIVE)
    return Tracks(
        poses=poses,
        track_ids=told.track_ids,
        pose_indices=told.pose_rows,
        keypoints=told.joints.places,
        keypoint_scores=np.where(told.seen[:, None], told.joint_scores, np.float32(0)),
        boxes=told.motion.boxes,
        velocities=told.motion.velocities[:, :2].astype(np.float32),
        ages_seconds=told.ages.astype(np.float32),
        states=states.astype(np.uint8),
    )
