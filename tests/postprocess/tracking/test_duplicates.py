"""Two finds of one person become one."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from posestream.schemas import Poses
from posestream.skeletons import COCO17
from postprocess.tracking import TrackerSettings, empty_tracker_state, track
from postprocess.tracking.duplicates import distinct_poses, without_repeats
from postprocess.tracking.state import Roster

MakePoses = Callable[..., Poses]
SETTINGS = TrackerSettings()
NEVER_MERGE = dataclasses.replace(SETTINGS, duplicate_overlap=1.1)


def roster_of(frames: Sequence[Poses]) -> Roster:
    state = empty_tracker_state()
    for poses in frames:
        state, _ = track(state, poses, NEVER_MERGE)
    return state.roster


@pytest.mark.parametrize(
    ("middles", "scores", "wanted"),
    [
        ([], [], []),
        ([(100, 300)], [0.9], [True]),
        ([(100, 300)], [0.05], [False]),
        ([(100, 300), (101, 300)], [0.5, 0.6], [False, True]),
        ([(100, 300), (101, 300)], [0.5, 0.5], [True, False]),
        ([(100, 300), (120, 300)], [0.5, 0.6], [True, True]),
        ([(100, 300), (101, 300), (102, 300)], [0.7, 0.8, 0.9], [False, False, True]),
        ([(100, 300), (102.5, 300), (105, 300)], [0.9, 0.8, 0.7], [True, False, True]),
    ],
)
def test_best_find_of_each_person_is_used(
    poses_at: MakePoses, middles: list[tuple[float, float]], scores: list[float], wanted: list[bool]
) -> None:
    assert distinct_poses(poses_at(0, middles, scores=scores), SETTINGS).tolist() == wanted


def test_persons_with_equal_boxes_but_other_joints_are_two(poses_at: MakePoses) -> None:
    poses = poses_at(0, [(100, 300), (100, 300)])
    keypoints = poses.keypoints.copy()
    keypoints[1] = keypoints[1, ::-1]
    assert distinct_poses(dataclasses.replace(poses, keypoints=keypoints), SETTINGS).all()


def test_nobody_repeats_nobody() -> None:
    empty = empty_tracker_state().roster
    assert len(without_repeats(empty, COCO17, SETTINGS)) == 0


def test_older_track_stays(poses_at: MakePoses) -> None:
    roster = roster_of([poses_at(0, [(100, 300), (101, 300)]), poses_at(0.2, [(100, 300), (101, 300)])])
    assert roster.track_ids.tolist() == [1, 2]
    assert without_repeats(roster, COCO17, SETTINGS).track_ids.tolist() == [1]


def test_three_tracks_on_one_person_become_one(poses_at: MakePoses) -> None:
    roster = roster_of([poses_at(0.2 * index, [(100, 300), (101, 300), (102, 300)]) for index in range(2)])
    assert without_repeats(roster, COCO17, SETTINGS).track_ids.tolist() == [1]


def test_lost_track_goes_on_as_the_new_one_on_its_place(poses_at: MakePoses) -> None:
    both = [poses_at(0.2 * index, [(100, 300), (101, 300)]) for index in range(4)]
    roster = roster_of(both)
    lost = dataclasses.replace(roster, pose_rows=np.array([-1, 1]), ages=roster.ages + np.array([5, 0]))
    merged = without_repeats(lost, COCO17, SETTINGS)
    assert merged.track_ids.tolist() == [1]
    assert merged.pose_rows.tolist() == [1]
    assert merged.ages.tolist() == pytest.approx([5.6])


def test_tracks_told_apart_for_long_stay(poses_at: MakePoses) -> None:
    roster = roster_of([poses_at(0.2 * index, [(100, 300), (101, 300)]) for index in range(12)])
    assert without_repeats(roster, COCO17, SETTINGS).track_ids.tolist() == [1, 2]
