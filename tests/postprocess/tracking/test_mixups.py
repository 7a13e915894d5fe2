"""Persons who crossed keep their ids when they look unlike each other."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posestream.schemas import Poses, Tracks, TrackState
from postprocess.tracking import TrackerSettings, empty_tracker_state, track

MakePoses = Callable[..., Poses]

RED, BLACK, UNKNOWN = 0, 2, -1
MEET, PART, END = 12, 22, 40  # frames: one pose for both from MEET to before PART


def dressed(poses: Poses, colours: Sequence[int]) -> Poses:
    """Give the poses with torso and thighs of one colour each, a tenth of it of a common one."""
    looks = np.zeros((len(poses), 8), np.uint8)
    for row, colour in enumerate(colours):
        if colour != UNKNOWN:
            looks[row, [colour, colour + 4]] = 230
            looks[row, [1, 5]] = 25
    return dataclasses.replace(poses, appearance=looks)


def crossing(make: MakePoses, *, turn_back: bool, front: int, colours: tuple[int, int] = (RED, BLACK)) -> list[Poses]:
    """Two persons meet at x = 300, are one pose for a second and part: to the other side, or back."""
    left, right = colours
    frames = []
    for index in range(END):
        if MEET <= index < PART:
            frames.append(dressed(make(index * 0.1, [(300 + index - MEET, 300)]), [colours[front]]))
            continue
        way = 12 * (MEET - index) if index < MEET else 12 * (index - PART + 1)
        sides = [300 - way - 10, 300 + way + 10]
        if index >= PART and not turn_back:
            sides.reverse()
        frames.append(dressed(make(index * 0.1, [(sides[0], 300), (sides[1], 300)]), [left, right]))
    return frames


def approach(make: MakePoses, near: Sequence[int]) -> list[Poses]:
    """Red from the left and black from the right come to touch, with the colours ``near`` from then on: 2 seconds."""
    frames = []
    for index in range(20):
        way = max(75 - 5 * index, 15)
        places = [(300 - way, 300), (300 + way, 300)]
        frames.append(dressed(make(index * 0.1, places), [RED, BLACK] if way > 25 else near))
    return frames


def follow(frames: Sequence[Poses], settings: TrackerSettings | None = None) -> list[Tracks]:
    state, out = empty_tracker_state(), []
    for poses in frames:
        state, tracks = track(state, poses, settings or TrackerSettings())
        out.append(tracks)
    return out


def ids_of_poses(tracks: Tracks) -> list[int]:
    """Give the id of each pose, in the order of the poses."""
    rows = tracks.pose_indices.tolist()
    return [int(tracks.track_ids[rows.index(row)]) for row in range(len(tracks.poses))]


def without_looks(frames: Sequence[Poses]) -> list[Poses]:
    return [dataclasses.replace(poses, appearance=None) for poses in frames]


def numbers(frames: Sequence[Tracks]) -> list[list[float]]:
    return [[*one.track_ids, *one.pose_indices, *one.states, *one.boxes.ravel()] for one in frames]


@pytest.mark.parametrize("turn_back", [True, False])
@pytest.mark.parametrize("front", [0, 1])
def test_two_colours_keep_their_ids_over_a_merge(poses_at: MakePoses, turn_back: bool, front: int) -> None:
    frames = follow(crossing(poses_at, turn_back=turn_back, front=front))
    assert ids_of_poses(frames[MEET - 1]) == [1, 2]
    assert ids_of_poses(frames[-1]) == [1, 2]
    assert len(frames[-1]) == 2


def test_without_looks_one_of_the_ways_goes_wrong(poses_at: MakePoses) -> None:
    """Place and speed alone do not tell them apart: the test above tests something."""
    ways = [crossing(poses_at, turn_back=turn_back, front=0) for turn_back in (True, False)]
    ends = [ids_of_poses(follow(without_looks(frames))[-1]) for frames in ways]
    assert ends != [[1, 2], [1, 2]]


@pytest.mark.parametrize("turn_back", [True, False])
@pytest.mark.parametrize("colours", [(RED, RED), (UNKNOWN, UNKNOWN), (RED, UNKNOWN)])
def test_equal_or_unknown_colours_change_nothing(
    poses_at: MakePoses, turn_back: bool, colours: tuple[int, int]
) -> None:
    frames = crossing(poses_at, turn_back=turn_back, front=0, colours=colours)
    last, plain = follow(frames)[-1], follow(without_looks(frames))[-1]
    assert ids_of_poses(last) == ids_of_poses(plain)


def test_zeros_are_no_looks(poses_at: MakePoses) -> None:
    frames = crossing(poses_at, turn_back=True, front=0, colours=(UNKNOWN, UNKNOWN))
    assert numbers(follow(frames)) == numbers(follow(without_looks(frames)))


def test_ids_are_never_used_again(poses_at: MakePoses) -> None:
    frames = crossing(poses_at, turn_back=False, front=1)
    late = dressed(poses_at(20.0, [(100, 300)]), [RED])
    tracks = follow([*frames, late])
    used = {int(one) for some in tracks[:-1] for one in some.track_ids}
    assert ids_of_poses(tracks[-1])[0] > max(used)


@pytest.mark.parametrize("turn_back", [True, False])
def test_merge_that_was_taken_for_somebody_new(poses_at: MakePoses, turn_back: bool) -> None:
    """One pose of another size for both, of no known colour: a track of its own, from which both come out."""
    frames = crossing(poses_at, turn_back=turn_back, front=0)
    for index in range(MEET, PART):
        frames[index] = dressed(poses_at(index * 0.1, [(300, 270)], size=(60, 160)), [UNKNOWN])
    tracks = follow(frames)
    assert tracks[MEET + 2].track_ids.tolist() == [1, 2, 3]
    assert ids_of_poses(tracks[-1]) == [1, 2]


def test_a_third_person_who_comes_by_is_not_the_hidden_one(poses_at: MakePoses) -> None:
    start = crossing(poses_at, turn_back=False, front=0)[:PART]
    blue = 3
    after = [
        dressed(poses_at((PART + index) * 0.1, [(310, 300), (330 + 8 * index, 300)]), [RED, blue]) for index in range(9)
    ]
    assert ids_of_poses(follow([*start, *after])[-1]) == [1, 3]


def test_lost_person_is_found_only_once(poses_at: MakePoses) -> None:
    start = crossing(poses_at, turn_back=False, front=0)[:PART]
    after = [
        dressed(
            poses_at((PART + index) * 0.1, [(310, 300), (270 - 9 * index, 300), (270 - 9 * index, 215)]),
            [RED, BLACK, BLACK],
        )
        for index in range(9)
    ]
    assert sorted(ids_of_poses(follow([*start, *after])[-1])) == [1, 2, 4]


def test_swapped_while_both_were_seen(poses_at: MakePoses) -> None:
    near = approach(poses_at, [UNKNOWN, UNKNOWN])
    after = [
        dressed(poses_at(2.0 + index * 0.1, [(285 - 5 * index, 300), (315 + 5 * index, 300)]), [BLACK, RED])
        for index in range(10)
    ]
    frames = [*near, *after]
    assert ids_of_poses(follow(without_looks(frames))[-1]) == [1, 2]
    assert ids_of_poses(follow(frames)[len(near) - 1]) == [1, 2]
    assert ids_of_poses(follow(frames)[-1]) == [2, 1]


def test_known_person_who_split_from_an_unknown_one(poses_at: MakePoses) -> None:
    """Red walks; black, never seen alone, takes red's place while red comes out beside as somebody new."""
    alone = [dressed(poses_at(index * 0.1, [(300, 300)]), [RED]) for index in range(10)]
    beside = [
        dressed(poses_at(1.0 + index * 0.1, [(300, 300), (325 + 5 * index, 300)]), [BLACK, RED]) for index in range(12)
    ]
    assert ids_of_poses(follow([*alone, *beside])[-1]) == [2, 1]


def test_moment_of_absence_proves_nothing(poses_at: MakePoses) -> None:
    """Black stands before red; for a moment only red is found, and what is seen there is black."""
    covered = [dressed(poses_at(2.0 + index * 0.1, [(285, 300)]), [BLACK]) for index in range(4)]
    frames = follow([*approach(poses_at, [RED, BLACK]), *covered])
    assert [ids_of_poses(one) for one in frames[-4:]] == [[1]] * 4


def test_lost_person_is_not_found_in_somebody_who_looks_other(poses_at: MakePoses) -> None:
    walk = [dressed(poses_at(index * 0.1, [(100, 300)]), [RED]) for index in range(10)]
    gap = [dressed(poses_at(1.0, []), [])]
    for colour, wanted in ((RED, 1), (BLACK, 2), (UNKNOWN, 1)):
        found = dressed(poses_at(1.3, [(155, 300)]), [colour])
        assert ids_of_poses(follow([*walk, *gap, found])[-1]) == [wanted]


def test_hidden_person_is_waited_for_longer(poses_at: MakePoses) -> None:
    start = crossing(poses_at, turn_back=True, front=0)[: MEET + 1]
    alone = [dressed(poses_at((MEET + index) * 0.1, [(300, 300)]), [RED]) for index in range(1, 31)]
    frames = follow([*start, *alone])
    lost = [TrackState.LOST in one.states.tolist() for one in frames[MEET:]]
    assert lost == [True] * 30 + [False]
    plain = follow(without_looks([*start, *alone]))
    assert sum(TrackState.LOST in one.states.tolist() for one in plain[MEET:]) == 20


def test_looks_of_another_kind_start_anew(poses_at: MakePoses) -> None:
    frames = crossing(poses_at, turn_back=True, front=0)
    short = [dataclasses.replace(one, appearance=np.ones((len(one), 4), np.uint8)) for one in frames[MEET:]]
    mixed, plain = follow([*frames[:MEET], *short])[-1], follow(without_looks(frames))[-1]
    assert ids_of_poses(mixed) == ids_of_poses(plain)


def test_frames_without_looks_in_between_keep_the_memory(poses_at: MakePoses) -> None:
    frames = crossing(poses_at, turn_back=False, front=1)
    frames[MEET + 4] = dataclasses.replace(frames[MEET + 4], appearance=None)
    frames[MEET + 6] = Poses.empty(frames[MEET + 6].stamp, frames[0].skeleton, "made", inferred=False)
    assert ids_of_poses(follow(frames)[-1]) == [1, 2]


person = st.tuples(st.integers(0, 12), st.sampled_from([RED, BLACK, UNKNOWN]))
steps = st.lists(st.lists(person, max_size=4, unique_by=lambda one: one[0]), max_size=25)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_whatever_comes_the_answer_is_repeatable_and_no_id_returns(
    poses_at: MakePoses, moves: list[list[tuple[int, int]]]
) -> None:
    frames = [
        dressed(poses_at(index * 0.15, [(100 + 15 * place, 300) for place, _ in some]), [colour for _, colour in some])
        for index, some in enumerate(moves)
    ]
    assert numbers(follow(frames)) == numbers(follow(frames))
    state, gone, alive = empty_tracker_state(), set[int](), set[int]()
    for poses in frames:
        state, _ = track(state, poses, TrackerSettings())
        now = state.roster.track_ids.tolist()
        assert now == sorted(set(now))
        assert not gone.intersection(now)
        gone, alive = gone | (alive - set(now)), set(now)
