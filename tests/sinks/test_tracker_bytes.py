"""A tracker that goes on from its bytes gives the same answers, bit by bit."""

import math
import struct
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest

from lab.walkers import walk
from posestream.messaging.events import write_tracks
from posestream.schemas import Poses
from postprocess.tracking.settings import DEFAULT_SETTINGS
from postprocess.tracking.state import TrackerState, empty_tracker_state
from postprocess.tracking.tracker import track
from sinks.tracker_bytes import UnreadableState, tracker_from_bytes, tracker_to_bytes


def after(film: list[Poses]) -> TrackerState:
    state = empty_tracker_state()
    for poses in film:
        state, _ = track(state, poses, DEFAULT_SETTINGS)
    return state


def columns(table: Any) -> list[Any]:  # noqa: ANN401  # a state, a roster or a table in it
    values = [getattr(table, field.name) for field in fields(table)]
    return [item for value in values for item in (columns(value) if is_dataclass(value) else [value])]


def without_looks(film: list[Poses]) -> list[Poses]:
    return [replace(poses, appearance=None) for poses in film]


@pytest.mark.parametrize(
    "film",
    [
        [],
        walk("a", 1, persons=0),
        walk("a", 1),
        walk("a", 40),
        walk("a", 40, persons=12),
        without_looks(walk("a", 40)),
        walk("a", 40) + walk("a", 10, epoch=2**32, persons=2),
    ],
    ids=["nothing", "nobody", "one frame", "walkers", "crowd", "no looks", "a new epoch"],
)
def test_what_is_read_is_what_was_written(film: list[Poses]) -> None:
    state = after(film)
    again = tracker_from_bytes(tracker_to_bytes(state))
    for had, has in zip(columns(state), columns(again), strict=True):
        assert np.array_equal(had, has)
        assert getattr(had, "dtype", type(had)) == getattr(has, "dtype", type(has))
        assert not isinstance(has, np.ndarray) or has.flags.aligned
    assert tracker_to_bytes(again) == tracker_to_bytes(state)


def test_an_interrupted_tracker_gives_the_same_bytes_as_one_that_was_never_interrupted() -> None:
    film = walk("a", 150, persons=6)
    straight, broken = empty_tracker_state(), empty_tracker_state()
    for poses in film:
        straight, wanted = track(straight, poses, DEFAULT_SETTINGS)
        broken, found = track(tracker_from_bytes(tracker_to_bytes(broken)), poses, DEFAULT_SETTINGS)
        assert write_tracks(found) == write_tracks(wanted)
    assert len(straight.roster) > 1


def test_the_size_is_bounded_by_the_number_of_persons() -> None:
    assert len(tracker_to_bytes(empty_tracker_state())) < 500
    state = after(walk("a", 60, persons=10))
    assert len(tracker_to_bytes(state)) < 500 + 1600 * len(state.roster)


GOOD = tracker_to_bytes(after(walk("a", 20)))
EMPTY = tracker_to_bytes(empty_tracker_state())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "version none"),
        (b"\x00" + GOOD[1:], "version 0"),
        (b"\x02" + GOOD[1:], "version 2"),
        (b"\x01", "1 bytes"),
        (GOOD[:52], "the end is missing"),
        (GOOD[:-8], "does not fit"),
        (GOOD + bytes(8), "8 bytes too many"),
        (GOOD[:48] + struct.pack("<I", 2**32 - 1) + GOOD[52:], "does not fit"),
        (EMPTY[:44] + struct.pack("<I", 17) + EMPTY[48:], "joints"),
        (GOOD[:36] + struct.pack("<d", math.nan) + GOOD[44:], "nan seconds"),
        (GOOD[:36] + struct.pack("<d", -1.0) + GOOD[44:], "-1.0 seconds"),
        (bytes([1]) + bytes(16_000_000), "16000001 bytes"),
    ],
    ids=[
        "nothing",
        "version 0",
        "version 2",
        "version alone",
        "cut",
        "cut end",
        "longer",
        "absurd",
        "joints",
        "nan",
        "negative",
        "huge",
    ],
)
def test_what_is_no_state_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableState, match=reason):
        tracker_from_bytes(data)


def test_bytes_with_faults_are_refused_or_read_but_break_nothing() -> None:
    rng, refused = np.random.default_rng(5), 0
    for _ in range(500):
        data = bytearray(GOOD)
        for place in rng.integers(1, 200, 3):
            data[place] = rng.integers(256)
        try:
            assert tracker_to_bytes(tracker_from_bytes(bytes(data)))
        except UnreadableState:
            refused += 1
    assert 0 < refused < 500
