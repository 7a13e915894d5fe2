import threading

import pytest

from ingest.capture.attempt import Attempt
from ingest.capture.board import BOARD_BYTES, Board
from ingest.pace import Pace
from posestream.clock import SettableClock
from posestream.errors import InputError


class WatchedAttempt(Attempt):
    """An attempt for which waiting is to set the clock forward."""

    def __init__(self, clock: SettableClock) -> None:
        self.board = Board(memoryview(bytearray(BOARD_BYTES)))
        self.board["wanted"] = 1
        super().__init__(self.board, clock)
        self.clock = clock
        self.waits: list[float] = []

    def pause_until(self, moment: float) -> bool:
        left = max(0.0, moment - self.clock.monotonic())
        self.waits.append(round(left, 3))
        self.clock.advance(left)
        return self.wanted()


def test_what_is_played_comes_at_its_times() -> None:
    attempt = WatchedAttempt(SettableClock())
    pace = Pace(attempt.clock, attempt, 10.0)
    assert [pace.wait(seconds) for seconds in (5.0, 5.1, None, 5.5)] == [True] * 4
    pace.finish_round("clip")
    assert attempt.waits == [0.0, 0.1, 0.1, 0.3, 0.1]  # the last frame has its time, too
    assert pace.played == 4


def test_a_machine_that_is_too_slow_plays_slower_instead_of_hurrying() -> None:
    attempt = WatchedAttempt(SettableClock())
    pace = Pace(attempt.clock, attempt, 10.0)
    pace.wait(0.0)
    attempt.clock.advance(3.0)
    pace.wait(0.1)
    pace.wait(0.2)
    assert attempt.waits == [0.0, 0.0, 0.1]


def test_times_that_leap_by_hours_are_not_waited_for() -> None:
    attempt = WatchedAttempt(SettableClock())
    pace = Pace(attempt.clock, attempt, 10.0)
    assert all(pace.wait(seconds) for seconds in (0.0, 0.1, 29.0, 10_000.0, 10_000.1))
    pace.finish_round("clip")
    assert attempt.waits == [0.0, 0.1, 28.9, 0.1, 0.1, 0.1]


def test_a_round_without_a_frame_is_a_fault_unless_nobody_wants_it() -> None:
    attempt = WatchedAttempt(SettableClock())
    pace = Pace(attempt.clock, attempt, 10.0)
    with pytest.raises(InputError, match="clip: not a video"):
        pace.finish_round("clip")
    attempt.board["wanted"] = 0
    assert not pace.wait(0.0)
    assert pace.played == 0
    pace.finish_round("clip")


def test_waiting_ends_when_it_is_given_up() -> None:
    clock = SettableClock()  # it stands still: without the end this would wait for ever
    board = Board(memoryview(bytearray(BOARD_BYTES)))
    board["wanted"] = 1
    pace = Pace(clock, Attempt(board, clock), 10.0)
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.extend([pace.wait(0.0), pace.wait(1.0)]))
    waiting.start()
    board["wanted"] = 0
    waiting.join(10.0)
    assert answers[-1:] == [False]
