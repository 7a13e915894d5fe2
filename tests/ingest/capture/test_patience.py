"""For how long a reader is waited for, whatever it writes on its board."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from ingest.capture.board import Phase
from ingest.capture.patience import START_SECONDS, WAITED_FOR, healthy_seconds, phase_of, seconds_left
from ingest.deadlines import LiveDeadlines

LIMITS = LiveDeadlines(open_s=8.0, first_frame_s=4.0, next_frame_s=5.0)
BEGAN = 100.0
MakeBench = Callable[..., Any]


def left(made: Any, now: float) -> float:  # noqa: ANN401  # a Bench
    return seconds_left(made.board, LIMITS, BEGAN, now)


def test_before_its_first_sign_of_life_a_reader_may_start_in_peace(bench: MakeBench) -> None:
    made = bench()
    assert left(made, BEGAN) == START_SECONDS
    made.board["beat"] = BEGAN - 1.0  # of the try before
    assert left(made, BEGAN + 4.0) == START_SECONDS - 4.0


def test_each_phase_has_its_own_limit_counted_from_the_last_sign_of_life(bench: MakeBench) -> None:
    made = bench()
    for phase, limit in ((Phase.OPENING, 10.0), (Phase.FIRST_FRAME, 5.0), (Phase.FLOWING, 5.0)):
        made.board["phase"], made.board["beat"] = phase, BEGAN + 7.0
        assert left(made, BEGAN + 7.0) == limit
        assert left(made, BEGAN + 20.0) == limit - 13.0
        assert WAITED_FOR[phase]


@pytest.mark.parametrize(("fps", "limit"), [(0.0, 5.0), (25.0, 5.0), (0.5, 8.0), (0.01, 400.0)])
def test_slow_cameras_are_given_four_frames_of_time(bench: MakeBench, fps: float, limit: float) -> None:
    made = bench()
    made.board["phase"], made.board["beat"], made.board["source_fps"] = Phase.FLOWING, BEGAN, fps
    assert left(made, BEGAN) == limit


@pytest.mark.parametrize("rubbish", [math.nan, math.inf, -math.inf, 1e300, -1.0])
def test_no_sign_of_life_that_makes_no_sense_prolongs_the_wait(bench: MakeBench, rubbish: float) -> None:
    made = bench()
    made.board["phase"], made.board["beat"] = Phase.FLOWING, rubbish
    assert 0 < left(made, BEGAN) <= START_SECONDS
    if not rubbish > BEGAN:
        assert left(made, BEGAN + START_SECONDS) <= 0


@pytest.mark.parametrize("rubbish", [math.nan, math.inf, -math.inf, 1e-300, -1.0])
def test_no_rate_that_makes_no_sense_prolongs_the_wait(bench: MakeBench, rubbish: float) -> None:
    made = bench()
    made.board["phase"], made.board["beat"], made.board["source_fps"] = Phase.FLOWING, BEGAN, rubbish
    assert left(made, BEGAN) == LIMITS.next_frame_s


@pytest.mark.parametrize("number", [77, -1, 3, 2**62])
def test_a_phase_that_does_not_exist_is_the_first_one(bench: MakeBench, number: int) -> None:
    made = bench()
    made.board["phase"], made.board["beat"] = number, BEGAN
    assert phase_of(made.board) is Phase.OPENING
    assert left(made, BEGAN) == 10.0


def test_health_counts_from_the_first_frame_of_the_try_to_the_last(bench: MakeBench) -> None:
    made = bench()
    made.board["flowing_since"], made.board["last_frame_at"] = 5.0, 66.0
    assert healthy_seconds(made.board) == 0.0  # of an earlier try
    made.board["phase"] = Phase.FLOWING
    assert healthy_seconds(made.board) == 61.0
    for rubbish in (math.nan, -math.inf, 1.0):
        made.board["last_frame_at"] = rubbish
        assert healthy_seconds(made.board) == 0.0
