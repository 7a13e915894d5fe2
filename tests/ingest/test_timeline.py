import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.timeline import Timeline


@pytest.mark.parametrize(
    ("times", "places"),
    [
        ([], []),
        ([None, None, None], [0.0, 0.5, 1.0]),
        ([7.0, 7.5, 8.0], [0.0, 0.5, 1.0]),
        ([None, 3.0, 3.5], [0.0, 0.5, 1.0]),
        ([1.0, None, 2.0], [0.0, 0.5, 1.0]),
        ([10.0, 10.5, 0.0, 0.5], [0.0, 0.5, 1.0, 1.5]),
        ([0.0, 1.0, 0.9, 2.0], [0.0, 1.0, 1.001, 2.0]),
        ([0.0, 60.0], [0.0, 60.0]),
    ],
)
def test_places(times: list[float | None], places: list[float]) -> None:
    line = Timeline(0.5)
    assert [line.place(seconds) for seconds in times] == pytest.approx(places)


@given(st.lists(st.none() | st.floats(-1e6, 1e6), max_size=40))
def test_places_always_rise(times: list[float | None]) -> None:
    line = Timeline(0.04)
    places = [line.place(seconds) for seconds in times]
    assert places == sorted(places)
    assert len(set(places)) == len(places)
