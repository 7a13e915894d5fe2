"""Persons keep their numbers."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pytest

from posestream.schemas import Poses, Tracks, TrackState
from posestream.skeletons import Skeleton
from postprocess.tracking import TrackerSettings, TrackerState, empty_tracker_state, track

MakePoses = Callable[..., Poses]
SETTINGS = TrackerSettings()


def follow(frames: Iterable[Poses], settings: TrackerSettings = SETTINGS) -> list[Tracks]:
    state, out = empty_tracker_state(), []
    for poses in frames:
        state, tracks = track(state, poses, settings)
        out.append(tracks)
    return out


def told(tracks: Tracks) -> list[tuple[int, str, int]]:
    names = [TrackState(value).name.lower() for value in tracks.states]
    return list(zip(tracks.track_ids.tolist(), names, tracks.pose_indices.tolist(), strict=True))


def confirmed_ids(frames: Sequence[Tracks]) -> set[int]:
    return {int(one) for tracks in frames for one in tracks.track_ids[tracks.states != TrackState.TENTATIVE]}


def test_nobody_gives_no_tracks(poses_at: MakePoses) -> None:
    assert [told(tracks) for tracks in follow([poses_at(0, []), poses_at(0.2, [])])] == [[], []]


@pytest.mark.parametrize("joints", [True, False])
def test_track_is_believed_after_three_sights(poses_at: MakePoses, joints: bool) -> None:
    frames = follow(poses_at(index * 0.04, [(100 + index, 300)], joints=joints) for index in range(4))
    assert [told(tracks) for tracks in frames] == [[(1, "tentative", 0)]] * 2 + [[(1, "confirmed", 0)]] * 2
    assert frames[3].ages_seconds.tolist() == pytest.approx([0.12])


def test_two_sights_are_enough_when_they_are_long_apart(poses_at: MakePoses) -> None:
    frames = follow([poses_at(0, [(100, 300)]), poses_at(1.0, [(110, 300)])])
    assert told(frames[1]) == [(1, "confirmed", 0)]


def test_flash_leaves_no_track(poses_at: MakePoses) -> None:
    frames = follow([poses_at(0, [(100, 300)]), poses_at(0.2, []), poses_at(0.4, [(100, 300)])])
    assert [told(tracks) for tracks in frames] == [[(1, "tentative", 0)], [], [(2, "tentative", 0)]]


def test_believed_person_out_of_sight_is_lost_then_gone(poses_at: MakePoses) -> None:
    walk = [poses_at(index * 0.2, [(100 + 20 * index, 300)]) for index in range(6)]
    away = [poses_at(1.0 + index * 0.5, []) for index in range(1, 6)]
    frames = follow([*walk, *away])
    assert [told(tracks) for tracks in frames[6:]] == [[(1, "lost", -1)]] * 4 + [[]]
    assert not frames[6].keypoint_scores.any()
    middles = (frames[6].boxes[:, 0] + frames[6].boxes[:, 2]) / 2
    assert middles[0] == pytest.approx(250, abs=10)
    assert frames[6].velocities[0] == pytest.approx([100, 0], abs=20)


def test_lost_person_is_found_again(poses_at: MakePoses) -> None:
    before = [poses_at(index * 0.2, [(100 + 20 * index, 300)]) for index in range(6)]
    hidden = [poses_at(1.2, []), poses_at(1.4, [])]
    after = [poses_at(1.6, [(260, 310)])]
    assert told(follow([*before, *hidden, *after])[-1]) == [(1, "confirmed", 0)]


@pytest.mark.parametrize(
    ("gap", "who"), [(9.0, (1, "confirmed", 0)), (31.0, (1, "confirmed", 0)), (33.0, (2, "tentative", 0))]
)
def test_who_stands_still_is_known_again_after_a_gap_in_which_nobody_looked(
    poses_at: MakePoses, gap: float, who: tuple[int, str, int]
) -> None:
    before = [poses_at(index * 0.2, [(100, 300)]) for index in range(4)]
    assert told(follow([*before, poses_at(0.6 + gap, [(100, 300)])])[-1]) == [who]
    blind = [poses_at(0.6 + second, [], inferred=False) for second in np.arange(1.0, gap)]
    assert told(follow([*before, *blind, poses_at(0.6 + gap, [(100, 300)])])[-1]) == [who]


def test_looking_in_vain_ends_a_track_however_long_nobody_looked_before(poses_at: MakePoses) -> None:
    before = [poses_at(index * 0.2, [(100, 300)]) for index in range(4)]
    blind = [poses_at(0.6 + second, [], inferred=False) for second in range(1, 11)]
    vain = [poses_at(11.0 + index * 0.2, []) for index in range(9)]
    frames = follow([*before, *blind, *vain])
    assert told(frames[len(before) + len(blind)]) == [(1, "lost", -1)]
    assert told(frames[-1]) == []


def test_slow_looks_count_as_looks(poses_at: MakePoses) -> None:
    frames = follow(
        [*(poses_at(float(index), [(100, 300)]) for index in range(4)), poses_at(4.0, []), poses_at(5.0, [])]
    )
    assert told(frames[-1]) == [(1, "lost", -1)]
    assert told(follow([*(poses_at(float(n), [(100, 300)] if n < 4 else []) for n in range(8))])[-1]) == []


def test_person_of_another_size_is_not_the_lost_one(poses_at: MakePoses) -> None:
    before = [poses_at(index * 0.2, [(100, 300)]) for index in range(4)]
    frames = follow([*before, poses_at(0.8, []), poses_at(1.0, [(130, 300)], size=(16, 40))])
    assert told(frames[-1]) == [(1, "lost", -1), (2, "tentative", 0)]


def test_frames_not_looked_at_only_let_time_pass(poses_at: MakePoses) -> None:
    before = [poses_at(index * 0.2, [(100, 300), (300, 300)]) for index in range(4)]
    blind = [poses_at(0.6 + index * 0.5, [], inferred=False) for index in range(1, 5)]
    frames = follow([*before, *blind, poses_at(2.6, [(100, 300)])])
    assert {len(tracks) for tracks in frames[4:8]} == {2}
    assert all(state == TrackState.LOST for tracks in frames[4:8] for state in tracks.states)
    assert told(frames[-1]) == [(1, "confirmed", 0), (2, "lost", -1)]


def test_young_track_survives_a_frame_not_looked_at(poses_at: MakePoses) -> None:
    frames = follow([poses_at(0, [(100, 300)]), poses_at(0.2, [], inferred=False), poses_at(0.4, [(100, 300)])])
    assert [told(tracks) for tracks in frames] == [[(1, "tentative", 0)], [], [(1, "confirmed", 0)]]


def test_new_epoch_starts_ids_anew(poses_at: MakePoses) -> None:
    frames = follow(
        [*(poses_at(index * 0.2, [(100, 300)]) for index in range(4)), poses_at(0.8, [(100, 300)], epoch=7)]
    )
    assert told(frames[-1]) == [(1, "tentative", 0)]


def test_id_is_never_used_again(poses_at: MakePoses) -> None:
    state, ids = empty_tracker_state(), []
    for index in range(5):
        state, tracks = track(state, poses_at(index * 40.0, [(100, 300)]), SETTINGS)
        ids += tracks.track_ids.tolist()
    assert ids == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("joints", [True, False])
def test_two_walkers_crossing_keep_their_ids(poses_at: MakePoses, joints: bool) -> None:
    frames = follow(
        poses_at(index * 0.1, [(100 + 15 * index, 300), (500 - 15 * index, 312)], joints=joints) for index in range(26)
    )
    assert confirmed_ids(frames) == {1, 2}
    last = frames[-1]
    assert last.boxes[last.track_ids.tolist().index(1), 0] > last.boxes[last.track_ids.tolist().index(2), 0]


def test_weak_pose_continues_a_track_but_starts_none(poses_at: MakePoses) -> None:
    before = [poses_at(index * 0.2, [(100, 300)]) for index in range(4)]
    frames = follow([*before, poses_at(0.8, [(102, 300), (500, 300)], scores=[0.2, 0.2])])
    assert told(frames[-1]) == [(1, "confirmed", 0)]


def test_weak_pose_does_not_keep_a_strong_one_from_a_lost_track(poses_at: MakePoses) -> None:
    before = [poses_at(index * 0.2, [(100, 300), (500, 300)]) for index in range(4)]
    frames = follow([*before, poses_at(0.8, [(100, 300), (550, 300)], scores=[0.2, 0.9])])
    assert told(frames[-1]) == [(1, "confirmed", 0), (2, "confirmed", 1)]


def test_pose_below_the_floor_is_ignored(poses_at: MakePoses) -> None:
    before = [poses_at(index * 0.2, [(100, 300)]) for index in range(4)]
    assert told(follow([*before, poses_at(0.8, [(100, 300)], scores=[0.05])])[-1]) == [(1, "lost", -1)]


@pytest.mark.parametrize("joints", [True, False])
def test_person_found_twice_is_one(poses_at: MakePoses, joints: bool) -> None:
    three = [(100, 300), (101, 300), (102, 300)]
    frames = follow(poses_at(index * 0.2, three, scores=[0.6, 0.9, 0.7], joints=joints) for index in range(3))
    assert told(frames[-1]) == [(1, "confirmed", 1)]


def test_persons_told_apart_for_long_are_never_merged(poses_at: MakePoses) -> None:
    xs = [*(300 - 10 * abs(index) for index in range(-25, 26))]
    frames = follow(poses_at(0.2 * index, [(x, 300), (300, 300)]) for index, x in enumerate(xs))
    assert 1 in frames[-1].track_ids
    assert 2 in frames[-1].track_ids


def test_number_of_tracks_is_bounded(poses_at: MakePoses) -> None:
    frames = follow(
        [poses_at(0, [(60 * index, 300) for index in range(9)], scores=[0.5, 0.9] * 4 + [0.4])],
        dataclasses.replace(SETTINGS, max_tracks=4),
    )
    assert frames[0].pose_indices.tolist() == [1, 3, 5, 7]


def test_clock_that_jumps_back_harms_nothing(poses_at: MakePoses) -> None:
    frames = follow(poses_at(seconds, [(100, 300)]) for seconds in (5.0, 5.2, 5.4, 1.0, 1.0, 1.2))
    assert told(frames[-1]) == [(1, "confirmed", 0)]
    assert frames[-1].ages_seconds.tolist() == pytest.approx([0.6])


def test_another_skeleton_keeps_the_tracks(poses_at: MakePoses) -> None:
    face = Skeleton("face", ("nose", "chin"), (0.1, 0.1), ())
    before = [poses_at(index * 0.2, [(100, 300)]) for index in range(4)]
    now = poses_at(0.8, [(100, 300)])
    other = dataclasses.replace(
        now, skeleton=face, keypoints=now.keypoints[:, :2].copy(), keypoint_scores=now.keypoint_scores[:, :2].copy()
    )
    last = follow([*before, other])[-1]
    assert told(last) == [(1, "confirmed", 0)]
    np.testing.assert_array_equal(last.keypoints, other.keypoints)


def test_joints_are_smoothed(poses_at: MakePoses) -> None:
    random = np.random.default_rng(3)
    still = poses_at(0, [(100, 300)])
    frames = []
    for index in range(40):
        noise = random.normal(0, 2, still.keypoints.shape).astype(np.float32)
        stamp = dataclasses.replace(still.stamp, captured_at_ns=index * 40_000_000)
        frames.append(dataclasses.replace(still, stamp=stamp, keypoints=still.keypoints + noise))
    errors = [np.abs(tracks.keypoints - still.keypoints).mean() for tracks in follow(frames)[10:]]
    raw = [np.abs(poses.keypoints - still.keypoints).mean() for poses in frames[10:]]
    assert np.mean(errors) < 0.7 * np.mean(raw)


def test_empty_state_knows_nobody() -> None:
    state = empty_tracker_state()
    assert isinstance(state, TrackerState)
    assert len(state.roster) == 0
