"""What must hold for any input: same in, same out; only differences of time count; the order of persons does not."""

import dataclasses
from collections.abc import Callable

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posestream.schemas import Poses, Tracks
from postprocess.tracking import TrackerSettings, empty_tracker_state, track

MakePoses = Callable[..., Poses]
Walks = list[tuple[int, list[tuple[float, float]]]]

place = st.tuples(st.integers(0, 1000), st.integers(0, 600)).map(lambda xy: (xy[0] * 0.991, xy[1] * 1.013))
walks = st.lists(
    st.tuples(st.sampled_from([0, 40, 200, 210, 900, 2500]), st.lists(place, max_size=4, unique=True)), max_size=8
)
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def poses_of(make: MakePoses, steps: Walks) -> list[Poses]:
    times = np.cumsum([step for step, _ in steps]) / 1000
    # Scores differ, so that no two poses tie: ties may fall either way.
    return [
        make(float(time), persons, scores=[0.9 - 0.17 * row for row in range(len(persons))])
        for time, (_, persons) in zip(times, steps, strict=True)
    ]


def follow(frames: list[Poses]) -> list[Tracks]:
    state, out = empty_tracker_state(), []
    for poses in frames:
        state, tracks = track(state, poses, TrackerSettings())
        out.append(tracks)
    return out


def numbers(tracks: Tracks) -> list[list[float]]:
    columns = [tracks.track_ids, tracks.pose_indices, tracks.states, tracks.ages_seconds, tracks.boxes]
    columns += [tracks.velocities, tracks.keypoints, tracks.keypoint_scores]
    return [np.asarray(column, float).ravel().tolist() for column in columns]


@quick
@given(walks)
def test_same_input_same_output(poses_at: MakePoses, steps: Walks) -> None:
    frames = poses_of(poses_at, steps)
    assert [numbers(one) for one in follow(frames)] == [numbers(one) for one in follow(frames)]


@quick
@given(walks, st.integers(1, 10**18))
def test_only_differences_of_time_count(poses_at: MakePoses, steps: Walks, shift_ns: int) -> None:
    frames = poses_of(poses_at, steps)
    later = [
        dataclasses.replace(
            one, stamp=dataclasses.replace(one.stamp, captured_at_ns=one.stamp.captured_at_ns + shift_ns)
        )
        for one in frames
    ]
    assert [numbers(one) for one in follow(frames)] == [numbers(one) for one in follow(later)]


@quick
@given(walks, st.randoms(use_true_random=False))
def test_order_of_persons_only_renames(poses_at: MakePoses, steps: Walks, random: object) -> None:
    frames = poses_of(poses_at, steps)
    orders = [list(range(len(one))) for one in frames]
    for order in orders:
        random.shuffle(order)  # type: ignore[attr-defined]
    mixed = [
        dataclasses.replace(
            one,
            keypoints=one.keypoints[order],
            keypoint_scores=one.keypoint_scores[order],
            boxes=one.boxes[order],
            scores=one.scores[order],
        )
        for one, order in zip(frames, orders, strict=True)
    ]
    names: dict[int, int] = {}
    for plain, other, order in zip(follow(frames), follow(mixed), orders, strict=True):
        row_of = {int(row): int(one) for row, one in zip(other.pose_indices, other.track_ids, strict=True) if row >= 0}
        for row, one in zip(plain.pose_indices, plain.track_ids, strict=True):
            if row >= 0:
                assert names.setdefault(int(one), row_of[order.index(int(row))]) == row_of[order.index(int(row))]
        assert sorted(plain.states.tolist()) == sorted(other.states.tolist())
