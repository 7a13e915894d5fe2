from itertools import islice

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.drawn_pattern import PatternDrawing, pattern_frames
from ingest.pattern_request import PATTERNS, PatternRequest
from posestream.clock import SettableClock

NOON_NS = 1_700_000_000_000_000_000


class Waiting:
    """Lets the clock's time pass as far as is waited for, and ``late`` seconds more."""

    def __init__(self, clock: SettableClock, late: float = 0.0) -> None:
        self.clock = clock
        self.late = late
        self.wanted = True

    def __call__(self, moment: float) -> bool:
        self.clock.advance(max(0.0, moment - self.clock.monotonic()) + self.late)
        return self.wanted


def luma(name: str, number: int, wall_ns: int = NOON_NS) -> NDArray[np.uint8]:
    frame = PatternDrawing(PatternRequest(name, (320, 180), 25.0)).frame(number, wall_ns)
    return frame.to_ndarray(format="gray")


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("size", [(16, 16), (640, 360), (360, 640), (1280, 720)])
def test_frames_have_the_size_and_format_that_cameras_have(name: str, size: tuple[int, int]) -> None:
    frame = PatternDrawing(PatternRequest(name, size, 25.0)).frame(0, NOON_NS)
    assert ((frame.width, frame.height), frame.format.name) == (size, "yuv420p")
    assert frame.key_frame  # nothing waits for another one
    assert not frame.is_corrupt


@pytest.mark.parametrize("name", ["pattern", "bars"])
def test_a_pattern_is_alive(name: str) -> None:
    first, second, later = luma(name, 0), luma(name, 1), luma(name, 40)
    assert np.count_nonzero(first != second) > 20  # the hand of the dial and the frame's number
    assert np.count_nonzero(first[:140] != later[:140]) > 200  # the hand, far round
    assert np.count_nonzero(first[150:] != luma(name, 0, NOON_NS + 1_000_000_000)[150:]) > 5  # the clock


def test_the_same_number_and_time_give_the_same_picture() -> None:
    assert np.array_equal(luma("pattern", 7), luma("pattern", 7))


def test_black_is_black_and_bars_are_not() -> None:
    assert luma("black", 3).max() <= 16
    assert len({int(value) for value in luma("bars", 0)[10, 20::45]}) >= 6


def test_frames_come_at_their_pace_with_their_times() -> None:
    clock = SettableClock()
    frames = list(islice(pattern_frames(PatternRequest("black", (16, 16), 10.0), clock, Waiting(clock)), 4))
    assert [frame.time for frame in frames] == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert clock.monotonic() == pytest.approx(0.3)


def test_who_comes_late_gets_the_frame_of_now() -> None:
    clock = SettableClock()
    waiting = Waiting(clock, late=0.25)
    frames = list(islice(pattern_frames(PatternRequest("black", (16, 16), 10.0), clock, waiting), 4))
    assert [frame.time for frame in frames] == pytest.approx([0.0, 0.2, 0.5, 0.7])


def test_it_ends_when_it_is_no_longer_wanted() -> None:
    clock = SettableClock()
    waiting = Waiting(clock)
    frames = pattern_frames(PatternRequest("black", (16, 16), 10.0), clock, waiting)
    next(frames)
    waiting.wanted = False
    assert list(frames) == []
