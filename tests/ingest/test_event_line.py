from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.event_line import EventLine

SECOND = 1_000_000_000


def test_times_that_rise_are_given_as_they_are() -> None:
    line = EventLine()
    assert [line.place(time, 0.0) for time in (5, 6, 90)] == [5, 6, 90]
    assert line.ahead_seconds == 0.0


def test_two_things_at_one_time_are_a_nanosecond_apart() -> None:
    line = EventLine()
    assert [line.place(5, 1.0), line.place(5, 1.0), line.place(4, 1.0)] == [5, 6, 7]


@pytest.mark.parametrize(
    ("back", "caught_up_after"), [(2.0, 20.0), (3600.0, 3000.0 / 0.5 + 600.0 / 0.1), (86400.0, 85800.0 / 0.5 + 6000.0)]
)
def test_a_clock_that_is_set_back_is_waited_for_without_standing_still(back: float, caught_up_after: float) -> None:
    line, now = EventLine(), 1_000_000.0
    line.place(round(now * SECOND), 0.0)
    step, passed = caught_up_after / 1000, 0.0
    placed = [round(now * SECOND)]
    while passed < caught_up_after * 1.01:
        passed += step
        placed.append(line.place(round((now - back + passed) * SECOND), passed))
        if passed < caught_up_after * 0.97:
            assert line.ahead_seconds > 0.0
            assert placed[-1] - placed[-2] >= 0.49 * step * SECOND
    assert line.ahead_seconds == 0.0
    assert placed[-1] == round((now - back + passed) * SECOND)


@given(st.lists(st.tuples(st.integers(-(10**18), 10**18), st.floats(0, 1e4)), max_size=60))
def test_no_time_is_given_twice_or_before_an_earlier_one(steps: list[tuple[int, float]]) -> None:
    line, monotonic, placed = EventLine(), 0.0, []
    for wanted, passed in steps:
        monotonic += passed
        placed.append(line.place(wanted, monotonic))
        assert placed[-1] >= wanted
    assert all(earlier < later for earlier, later in pairwise(placed))
