"""Which pose is which track: the surest first, then the weak poses, then the lost tracks.

Letters in shapes: T tracks, N poses.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from posestream.schemas import Poses
from postprocess.boxes import iou_matrix
from postprocess.tracking.motion import Rows
from postprocess.tracking.settings import TrackerSettings
from postprocess.tracking.similarity import reach, track_likeness
from postprocess.tracking.state import BoolMask, Roster


def associate(roster: Roster, poses: Poses, usable: BoolMask, settings: TrackerSettings) -> Rows:
    """Give the row (T,) of ``poses`` that each track is seen as, -1 for none; no row is given twice.

    1. poses of ``high_score`` and more, to all tracks, by box, joints and expected place;
    2. weaker poses to the tracks left over that were just in sight, by box alone;
    3. strong poses left over to the tracks left over, by reach: a person who was hidden or jumped.

    Only ``usable`` (N,) poses take part. The best sum of each stage wins (Hungarian method); deterministic.
    """
    found = np.full(len(roster), -1, np.int64)
    if not len(roster) or not usable.any():
        return found
    strong = usable & (poses.scores >= settings.high_score)
    weak = usable & ~strong
    everyone = np.ones(len(roster), np.bool_)
    alike = track_likeness(roster, poses, settings)
    _match(found, alike, everyone, strong, settings.min_similarity)
    just_seen = roster.confirmed & (roster.seen | (roster.unseen <= settings.confirm_seconds))
    if weak.any():
        _match(found, iou_matrix(roster.motion.boxes, poses.boxes), just_seen, weak, settings.min_weak_overlap)
    if strong.sum() > strong[found[found >= 0]].sum():
        _match(found, reach(roster, poses, settings), everyone, strong, 1e-9)
    return found


def _match(found: Rows, value: NDArray[np.floating], tracks: BoolMask, poses: BoolMask, least: float) -> None:
    """Fill ``found`` with the best pairs of free tracks and free poses worth at least ``least``."""
    free_tracks = np.flatnonzero(tracks & (found < 0))
    free = poses.copy()
    free[found[found >= 0]] = False
    free_poses = np.flatnonzero(free)
    worth = value[np.ix_(free_tracks, free_poses)]
    worth = np.where(worth >= least, worth, 0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    good = worth[rows, columns] > 0
    found[free_tracks[rows[good]]] = free_poses[columns[good]]
