from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posestream.config import ZoneConfig
from posestream.schemas import Poses, Tracks
from posestream.skeletons import COCO17
from sinks.camera_second import CameraSecond
from sinks.series import FinishedSecond, OpenSecond, ZoneSecond, finished, fold, state_bytes, state_of

MakeTracks = Callable[..., Tracks]
BEGIN = 1_750_000_000  # the second of frame 0 in conftest.py
LEFT = ZoneConfig(id="left", polygon=((0, 0), (0.5, 0), (0.5, 1), (0, 1)))


def moved(tracks: Tracks, at_ns: int, epoch: int = 0) -> Tracks:
    stamp = replace(tracks.poses.stamp, captured_at_ns=at_ns, epoch=epoch)
    return replace(tracks, poses=replace(tracks.poses, stamp=stamp))


def beat_of(tracks: Tracks) -> Tracks:
    return Tracks.empty(Poses.empty(tracks.poses.stamp, COCO17, "test", inferred=False))


def folded(events: list[Tracks], zones: tuple[ZoneConfig, ...] = ()) -> tuple[OpenSecond | None, list[FinishedSecond]]:
    state: OpenSecond | None = None
    seconds = []
    for event in events:
        state, second = fold(state, event, zones)
        seconds += [] if second is None else [second]
    return state, seconds


def test_nothing_is_nothing() -> None:
    assert folded([]) == (None, [])


def test_a_second_is_over_when_another_one_begins(make_tracks: MakeTracks) -> None:
    events = [make_tracks([(100, 40)] * persons, frame_index=index) for index, persons in enumerate([1, 2, 0, 3, 1])]
    assert folded(events)[1] == []
    _, seconds = folded([*events, make_tracks(frame_index=5)])
    assert seconds == [FinishedSecond(CameraSecond("lobby", BEGIN, 1.4, 3, 5, 5.0), 0)]


def test_a_beat_ends_a_second_too_and_is_no_look(make_tracks: MakeTracks) -> None:
    events = [make_tracks([(100, 40)]), beat_of(make_tracks(frame_index=1)), beat_of(make_tracks(frame_index=5))]
    _, seconds = folded([*events, beat_of(make_tracks(frame_index=10))])
    assert [(second.second.frames, second.not_looked_at, second.second.persons) for second in seconds] == [
        (1, 1, 1.0),
        (0, 1, 0.0),
    ]


def test_only_confirmed_persons_count(make_tracks: MakeTracks) -> None:
    _, seconds = folded([make_tracks([(100, 40)] * 3, states=[0, 1, 2]), make_tracks(frame_index=5)])
    assert seconds[0].second.persons == 1.0


def test_repeats_change_nothing(make_tracks: MakeTracks) -> None:
    events = [make_tracks([(100, 40)] * (index % 3), frame_index=index) for index in range(12)]
    doubled = [event for event in events for _ in range(2)]
    again = events[:8] + events[3:]  # a worker before us went on from its last commit
    assert folded(doubled) == folded(events) == folded(again)


def test_a_new_epoch_goes_on_with_the_open_second(make_tracks: MakeTracks) -> None:
    first = make_tracks([(100, 40)], frame_index=2)
    later = moved(make_tracks([(100, 40)] * 3), first.poses.stamp.captured_at_ns - 1, epoch=7)
    _, seconds = folded([first, later, moved(make_tracks(), (BEGIN + 1) * 10**9, epoch=7)])
    assert [(second.second.second_utc, second.second.persons) for second in seconds] == [(BEGIN, 2.0)]


def test_inference_time_is_the_mean_of_the_frames_that_have_one(make_tracks: MakeTracks) -> None:
    timed = [({"a": 10.0, "b": 20.0}), {"a": 50.0}, {}]
    events = [make_tracks(frame_index=index) for index in range(3)]
    events = [
        replace(event, poses=replace(event.poses, timings_ms=timings))
        for event, timings in zip(events, timed, strict=True)
    ]
    _, seconds = folded([*events, make_tracks(frame_index=5)])
    assert seconds[0].second.inference_ms == 40.0


def test_zones_count_who_stands_in_them(make_tracks: MakeTracks) -> None:
    events = [make_tracks([(40, 40), (300, 40)]), make_tracks([(40, 40), (50, 40)], frame_index=1)]
    _, seconds = folded([*events, make_tracks(frame_index=5)], (LEFT,))
    assert seconds[0].zones == (ZoneSecond("left", 1.5, 2),)


def test_a_second_that_nobody_looked_at_has_no_zones() -> None:
    state = OpenSecond(0, BEGIN * 10**9, not_looked_at=1, zones=(("left", 0, 0),))
    assert finished(state, "lobby").zones == ()


@pytest.mark.parametrize("data", [None, b'[0, {"epoch": 1}]', b"[99, {}]"])
def test_no_state_or_one_of_another_version_begins_anew(data: bytes | None) -> None:
    assert state_of(data) is None


@given(
    st.builds(
        OpenSecond,
        st.integers(0, 2**63 - 1), st.integers(-(2**63), 2**63 - 1), st.integers(0, 10**6), st.integers(0, 10**6),
        st.integers(0, 10**6), st.integers(0, 1000), st.floats(0, 1e9), st.integers(0, 10**6),
        st.lists(st.tuples(st.text(max_size=5), st.integers(0, 10**6), st.integers(0, 1000)), max_size=3).map(tuple),
    )
)  # fmt: skip
def test_a_state_comes_back_to_the_last_bit(state: OpenSecond) -> None:
    assert state_of(state_bytes(state)) == state
