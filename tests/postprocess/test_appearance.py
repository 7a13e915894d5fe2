"""How alike persons look."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postprocess.appearance import looks_alike

NAN = float("nan")


def rows(*some: tuple[int, ...]) -> np.ndarray:
    return np.array(some, np.uint8).reshape(len(some), -1)


@pytest.mark.parametrize(
    ("a", "b", "wanted"),
    [
        (np.zeros((0, 4), np.uint8), np.zeros((2, 4), np.uint8), np.zeros((0, 2))),
        (np.zeros((1, 0), np.uint8), np.zeros((1, 0), np.uint8), [[NAN]]),
        (rows((255, 0, 255, 0)), rows((255, 0, 255, 0), (0, 255, 0, 255)), [[1, 0]]),
        (rows((200, 0, 10, 0)), rows((100, 0, 0, 70)), [[0.5]]),
        (rows((255, 0, 0, 0)), rows((255, 0, 9, 9)), [[1]]),
        (rows((255, 0, 0, 0)), rows((0, 0, 9, 9)), [[NAN]]),
        (rows((0, 0, 0, 0)), rows((1, 1, 1, 1)), [[NAN]]),
        (rows((1, 0, 0)), rows((1, 0, 0), (0, 1, 0)), [[1, 0]]),
    ],
)
def test_likeness_is_the_mean_of_the_regions_seen_in_both(a: np.ndarray, b: np.ndarray, wanted: object) -> None:
    np.testing.assert_allclose(looks_alike(a, b), np.array(wanted, float), atol=1e-6)


def test_how_much_was_summed_does_not_count() -> None:
    one = np.array([[10, 20, 30, 40]], np.uint8)
    assert looks_alike(one.astype(np.float32) * 17, one)[0, 0] == pytest.approx(1)


numbers = st.lists(st.integers(0, 255), min_size=6, max_size=6)


@given(st.lists(numbers, max_size=4))
def test_likeness_is_symmetric_and_at_most_one(some: list[list[int]]) -> None:
    descriptions = np.array(some, np.uint8).reshape(-1, 6)
    alike = looks_alike(descriptions, descriptions)
    np.testing.assert_allclose(alike, alike.T, atol=1e-6)
    assert not (alike > 1 + 1e-5).any()
    assert not (alike < 0).any()
