"""Pending, firing, resolved."""

import pytest

from posestream.schemas import Alert, AlertState, Severity
from postprocess.rules.episode import Episode, Patience, Verdict, advanced, due

SECOND = 10**9
HELD, GONE, UNKNOWN, ENDED = Verdict.HELD, Verdict.GONE, Verdict.UNKNOWN, Verdict.ENDED
PATIENCE = Patience(fire_after_ns=2 * SECOND, resolve_after_ns=3 * SECOND)
ALERT = Alert("id", "r", "zone", "c", 0, "z", None, 1, Severity.INFO, AlertState.FIRING, 0, None, 0, 0.0, 2.0)


def pending(started: int = 0, held: int = 0) -> Episode:
    return Episode(1, started * SECOND, held * SECOND, held * SECOND)


def firing(held: int) -> Episode:
    return Episode(1, 0, held * SECOND, held * SECOND, sights=5, alert=ALERT)


def test_it_fires_when_held_long_enough_in_two_frames() -> None:
    first = pending()
    second = advanced(first, HELD, SECOND, PATIENCE)
    assert second is not None
    assert not due(second, PATIENCE)
    third = advanced(second, HELD, 2 * SECOND, PATIENCE)
    assert third is not None
    assert due(third, PATIENCE)
    assert third.value == 2.0


def test_one_frame_never_fires() -> None:
    at_once = Patience(0, SECOND)
    assert not due(pending(), at_once)
    again = advanced(pending(), HELD, 0, at_once)
    assert again is not None
    assert due(again, at_once)


def test_what_fires_does_not_fire_again() -> None:
    assert not due(firing(9), PATIENCE)


@pytest.mark.parametrize(
    ("episode", "verdict", "now", "lives"),
    [
        (pending(0, 5), GONE, 5.9, True),
        (pending(0, 5), GONE, 6, False),
        (pending(0, 5), ENDED, 6, False),
        (pending(0, 5), UNKNOWN, 60, True),
        (firing(5), GONE, 7.9, True),
        (firing(5), GONE, 8, False),
        (firing(5), ENDED, 7, True),
        (firing(5), ENDED, 8, False),
        (firing(5), UNKNOWN, 60, True),
        (firing(5), HELD, 60, True),
    ],
)
def test_it_is_over_when_gone_for_long_enough(episode: Episode, verdict: Verdict, now: float, lives: bool) -> None:
    assert (advanced(episode, verdict, round(now * SECOND), PATIENCE) is not None) is lives


def test_time_out_of_sight_counts_as_gone_only_when_nobody_is_left() -> None:
    hidden = advanced(firing(5), UNKNOWN, 20 * SECOND, PATIENCE)
    assert hidden is not None
    assert hidden.held_ns == 5 * SECOND
    assert advanced(hidden, GONE, 21 * SECOND, PATIENCE) is not None
    assert advanced(hidden, ENDED, 21 * SECOND, PATIENCE) is None


def test_clock_that_jumps_back_makes_the_past_now() -> None:
    back = advanced(firing(100), GONE, 10 * SECOND, PATIENCE)
    assert back is not None
    assert (back.held_ns, back.started_ns) == (10 * SECOND, 0)
    assert advanced(back, GONE, 13 * SECOND, PATIENCE) is None


def test_value_is_the_persons_where_they_are_counted() -> None:
    assert Episode(None, 0, SECOND, SECOND, persons=4.0).value == 4.0
