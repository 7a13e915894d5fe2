import pytest

from ingest.attempt import Attempt, Phase
from ingest.deadlines import LiveDeadlines
from posestream.clock import SettableClock
from posestream.errors import InputError

LIMITS = LiveDeadlines(open_s=8.0, first_frame_s=4.0, next_frame_s=5.0)


def started() -> tuple[Attempt, SettableClock, list[int]]:
    clock, calls = SettableClock(), list[int]()
    return Attempt(clock, LIMITS, lambda: calls.append(1)), clock, calls


def test_each_phase_has_its_own_limit_counted_from_the_last_sign_of_life() -> None:
    attempt, clock, _ = started()
    assert (attempt.phase, attempt.seconds_left()) == (Phase.OPENING, 10.0)
    clock.advance(9.0)
    attempt.opened(25.0)
    assert (attempt.phase, attempt.seconds_left()) == (Phase.FIRST_FRAME, 5.0)
    clock.advance(6.0)
    assert attempt.seconds_left() == -1.0
    attempt.frame_came()
    assert (attempt.phase, attempt.seconds_left()) == (Phase.FLOWING, 5.0)


@pytest.mark.parametrize(("fps", "left"), [(None, 5.0), (25.0, 5.0), (0.5, 8.0)])
def test_slow_cameras_are_given_four_frames_of_time(fps: float | None, left: float) -> None:
    attempt, _, _ = started()
    attempt.opened(fps)
    attempt.frame_came()
    assert attempt.seconds_left() == left


def test_nothing_of_an_abandoned_reader_is_delivered() -> None:
    attempt, _, _ = started()
    delivered: list[int] = []
    attempt.deliver(lambda: delivered.append(1))
    attempt.abandon()
    attempt.deliver(lambda: delivered.append(2))
    assert delivered == [1]
    assert not attempt.wanted()
    assert not attempt.pause_until(1e9)


def test_the_end_is_told_with_its_reason() -> None:
    attempt, _, calls = started()
    fault = InputError("gone")
    attempt.finish(fault)
    assert (attempt.finished, attempt.fault, calls) == (True, fault, [1])


def test_health_counts_from_the_first_frame_to_the_last() -> None:
    attempt, clock, _ = started()
    assert attempt.healthy_seconds() == 0.0
    clock.advance(5.0)
    attempt.frame_came()
    clock.advance(61.0)
    attempt.frame_came()
    clock.advance(100.0)
    assert attempt.healthy_seconds() == 61.0
