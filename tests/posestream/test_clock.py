import pytest

from posestream.clock import Clock, SettableClock, SystemClock


def test_the_settable_clock_goes_when_told() -> None:
    clock = SettableClock(wall_ns=5)
    assert (clock.wall_ns(), clock.monotonic()) == (5, 0.0)
    clock.advance(1.5)
    clock.advance(0.25)
    assert (clock.wall_ns(), clock.monotonic()) == (1_750_000_005, 1.75)


@pytest.mark.parametrize("clock", [SystemClock(), SettableClock()], ids=["system", "settable"])
def test_time_does_not_go_back(clock: Clock) -> None:
    first = clock.monotonic()
    assert clock.monotonic() >= first
    assert isinstance(clock.wall_ns(), int)


def test_the_system_clock_is_of_this_century() -> None:
    assert SystemClock().wall_ns() > 1_700_000_000_000_000_000
