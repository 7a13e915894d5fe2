import pytest

from sinks.store_away import StoreAway, full_jitter, wait_seconds


@pytest.mark.parametrize(("failures", "most"), [(0, 0.5), (1, 1.0), (2, 2.0), (4, 8.0), (5, 15.0), (1000, 15.0)])
def test_waits_double_up_to_a_quarter_of_a_minute(failures: int, most: float) -> None:
    assert wait_seconds(StoreAway("503", ""), failures, lambda limit: limit) == most
    assert wait_seconds(StoreAway("503", ""), failures, lambda _limit: 0.0) == 0.0


def test_a_store_that_says_when_is_believed() -> None:
    assert wait_seconds(StoreAway("429", "", 40.0), 0, lambda limit: limit) == 40.5
    assert wait_seconds(StoreAway("429", "", 40.0), 9, lambda limit: limit) == 41.0


def test_where_a_person_must_help_there_is_no_hurry() -> None:
    away = StoreAway("401", "", needs_hands=True)
    assert (wait_seconds(away, 0, lambda _limit: 0.0), wait_seconds(away, 9, lambda limit: limit)) == (15.0, 30.0)


def test_jitter_is_anywhere_up_to_the_limit() -> None:
    found = [full_jitter(2.0) for _ in range(200)]
    assert 0.0 <= min(found) < 0.5
    assert 1.5 < max(found) <= 2.0
