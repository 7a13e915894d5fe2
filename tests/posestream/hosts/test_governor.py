import pytest

from posestream.hosts.governor import CALM_SECONDS, MOST, Load, govern, spoken


@pytest.mark.parametrize(
    ("load", "busy", "dropped", "after"),
    [
        (Load(), 0.0, 0, Load(1, 1)),
        (Load(1, 3), 0.95, 2, Load(2, 0)),  # too slow: look less often
        (Load(4, 0), 1.0, 9, Load(8, 0)),
        (Load(MOST, 0), 1.0, 9, Load(MOST, 0)),  # as far as it goes
        (Load(2, 0), 1.0, 0, Load(2, 0)),  # busy, but nothing is lost
        (Load(2, 4), 0.7, 5, Load(2, 0)),  # a hiccup: no room to spare either
        (Load(4, 2), 0.3, 0, Load(4, 3)),
        (Load(4, CALM_SECONDS - 1), 0.3, 0, Load(2, 0)),  # calm for long enough: look more often
        (Load(1, CALM_SECONDS - 1), 0.1, 0, Load(1, 0)),
    ],
)
def test_the_load_of_the_next_second(load: Load, busy: float, dropped: int, after: Load) -> None:
    assert govern(load, busy, dropped) == after


def test_it_comes_down_step_by_step_and_back_again() -> None:
    load, seen = Load(), []
    for _ in range(5):
        load = govern(load, 1.0, 3)
        seen.append(load.detector_every)
    for _ in range(3 * CALM_SECONDS):
        load = govern(load, 0.2, 0)
    assert seen == [2, 4, 8, 8, 8]
    assert load.detector_every == 1


@pytest.mark.parametrize(
    ("every", "looked_at", "wanted", "text"),
    [
        (1, 5.0, 5.0, ""),
        (1, 4.1, 5.0, ""),
        (2, 5.0, 5.0, "slowed: looks for new persons every 2nd frame"),
        (8, 2.0, 5.0, "slowed: looks for new persons every 8th frame, looks at 2.0 of 5 frames a second"),
        (1, 0.0, 12.5, "slowed: looks at 0.0 of 12.5 frames a second"),
    ],
)
def test_what_is_cut_is_said(every: int, looked_at: float, wanted: float, text: str) -> None:
    assert spoken(every, looked_at, wanted) == text
