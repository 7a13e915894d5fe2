import threading

import pytest

from ingest.attempt import Attempt
from ingest.deadlines import LiveDeadlines
from ingest.pace import Pace
from posestream.clock import SettableClock
from posestream.errors import InputError


class WatchedAttempt(Attempt):
    """An attempt for which waiting is to set the clock forward."""

    def __init__(self, clock: SettableClock) -> None:
        super().__init__(clock, LiveDeadlines(), lambda: None)
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


def test_a_round_without_a_frame_is_a_fault_unless_nobody_wants_it() -> None:
    attempt = WatchedAttempt(SettableClock())
    pace = Pace(attempt.clock, attempt, 10.0)
    with pytest.raises(InputError, match="clip: not a video"):
        pace.finish_round("clip")
    attempt.abandon()
    assert not pace.wait(0.0)
    assert pace.played == 0
    pace.finish_round("clip")


def test_waiting_ends_when_it_is_given_up() -> None:
    clock = SettableClock()  # it stands still: without the end this would wait for ever
    attempt = Attempt(clock, LiveDeadlines(), lambda: None)
    pace = Pace(clock, attempt, 10.0)
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.extend([pace.wait(0.0), pace.wait(1.0)]))
    waiting.start()
    attempt.abandon()
    waiting.join(10.0)
    assert answers[-1:] == [False]
