"""Who was told of what, and when."""

import pytest

from postprocess.rules.cooldown import Cooldown, claimed, running

SECOND = 10**9


@pytest.mark.parametrize(("now", "left"), [(0, 1), (9.9, 1), (10, 0), (-1, 0)])
def test_cooldown_runs_out(now: float, left: int) -> None:
    assert len(running([Cooldown(1, 0, 0, 0)], round(now * SECOND), 10.0)) == left


def test_nothing_runs_without_cooldowns() -> None:
    assert running([], 0, 10.0) == ()


@pytest.mark.parametrize(
    ("ids", "claimant", "wanted"),
    [
        ([], 5, []),
        ([1, 2], 5, [1, 2]),
        ([-1, -2], 5, [-1, 5]),
        ([-1, 5], 5, [-1, 5]),
        ([-1, -2], None, [-1, -2]),
        ([None, -1], 5, [None, 5]),
    ],
)
def test_person_of_a_new_epoch_takes_the_nearest(
    ids: list[int | None], claimant: int | None, wanted: list[int | None]
) -> None:
    cooldowns = tuple(Cooldown(one, 0, 100.0 * place, 0) for place, one in enumerate(ids))
    assert [one.track_id for one in claimed(cooldowns, claimant, 120.0, 0)] == wanted
