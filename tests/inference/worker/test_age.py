import pytest
from fakes import clock_of, shared, stamp

from posestream.schemas import TimeSource


@pytest.mark.parametrize(
    ("limit", "age", "source", "over"),
    [
        (0.0, 1e6, TimeSource.ARRIVAL, False),  # every frame is answered
        (1.0, 0.0, TimeSource.ARRIVAL, False),
        (1.0, 1.0, TimeSource.ARRIVAL, False),
        (1.0, 1.001, TimeSource.ARRIVAL, True),
        (1.0, 1.001, TimeSource.RTCP, True),
        (1.0, 1e6, TimeSource.FILE, False),  # a recording's times are its own
        (1.0, -5.0, TimeSource.RTCP, False),  # a camera's clock that is ahead
    ],
)
def test_which_frames_are_too_old(limit: float, age: float, source: TimeSource, *, over: bool) -> None:
    given = shared(limit)
    assert given.limit.is_live == (limit > 0)
    assert given.limit.is_over(stamp(age=age, source=source)) == over
    assert given.limit.age_seconds(stamp(age=age)) == pytest.approx(age, abs=1e-6)


def test_silence_of_a_second_is_due_to_be_broken() -> None:
    given = shared()
    lapses, clock = given.lapses, clock_of(given)
    assert lapses.is_due("lobby")
    assert not lapses.is_due("lobby")
    assert lapses.is_due("door")
    clock.advance(0.9)
    lapses.said("lobby")
    clock.advance(0.9)
    assert not lapses.is_due("lobby")
    assert lapses.is_due("door")
    clock.advance(0.2)
    assert lapses.is_due("lobby")


def test_who_was_spoken_of_lately() -> None:
    given = shared()
    assert given.lapses.lately(10.0) == ()
    given.lapses.said("lobby")
    clock_of(given).advance(8.0)
    given.lapses.said("door")
    assert given.lapses.lately(10.0) == ("door", "lobby")
    clock_of(given).advance(8.0)
    assert given.lapses.lately(10.0) == ("door",)


def test_names_that_come_in_messages_do_not_fill_the_memory() -> None:
    given = shared()
    for number in range(10_050):
        given.lapses.said(f"camera{number}")
    assert len(given.lapses.lately(10.0)) == 10_000
