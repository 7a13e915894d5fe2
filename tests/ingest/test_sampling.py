import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sampling import FrameSampler


def taken(fps: float | None, times: list[float | None]) -> list[int]:
    sampler = FrameSampler(fps)
    return [index for index, pts_seconds in enumerate(times) if sampler.take(pts_seconds)]


@pytest.mark.parametrize(
    ("fps", "rate", "wanted"),
    [
        (5, 25, [0, 5, 10, 15, 20]),
        (None, 25, list(range(25))),
        (25, 25, list(range(25))),
        (120, 25, list(range(25))),
        (30, 25, list(range(25))),
        (1, 25, [0]),
    ],
)
def test_even_spacing(fps: float | None, rate: int, wanted: list[int]) -> None:
    assert taken(fps, [index / rate for index in range(25)]) == wanted


@given(fps=st.floats(0.5, 24.0), rate=st.sampled_from([10.0, 25.0, 29.97, 30.0]))
def test_no_drift(fps: float, rate: float) -> None:
    seconds = 60
    count = len(taken(fps, [index / rate for index in range(round(seconds * rate))]))
    assert abs(count - min(fps, rate) * seconds) <= 1.5


def test_jitter_around_the_wanted_rate_loses_nothing() -> None:
    rng = random.Random(7)  # noqa: S311  # jitter, no secret
    times: list[float | None] = [index / 5 + rng.uniform(-0.04, 0.04) for index in range(200)]
    assert taken(5, times) == list(range(200))


def test_missing_times_follow_the_last_interval() -> None:
    assert taken(5, [None]) == [0]
    assert taken(5, [0.0, 0.1, None, None, None, None, None, None]) == [0, 2, 4, 6]


def test_a_gap_takes_nothing_from_what_comes_after_it() -> None:
    assert taken(5, [0.0, 10.0, 10.2, 10.4, 10.6]) == [0, 1, 2, 3, 4]


def test_time_that_goes_back_starts_a_new_grid() -> None:
    assert taken(1, [0.0, 0.5, 100.0, 3.0, 3.5, 4.0]) == [0, 2, 3, 5]
