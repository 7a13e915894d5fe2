import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postprocess.decoders.heatmap_peaks import Peaks, find_peaks
from synthetic.openpose import Array
from synthetic.openpose_plain import plain_peaks, upsampled


def same_as_plain(maps: Array) -> Peaks:
    """Check the peaks against those of the maps upsampled whole; give them."""
    peaks = find_peaks(maps)
    assert np.array_equal(peaks.parts, np.sort(peaks.parts))
    for part, fine in enumerate(upsampled(maps)):
        plain = np.array(plain_peaks(fine)).reshape(-1, 3)
        mine = peaks.parts == part
        assert mine.sum() == len(plain)
        assert np.abs(peaks.points[mine] - plain[:, :2]).max(initial=0) < 1e-4
        assert np.abs(peaks.scores[mine] - plain[:, 2]).max(initial=0) < 1e-6
    return peaks


def bell(x: float, y: float, size: tuple[int, int] = (12, 12), height: float = 1.0) -> Array:
    columns, rows = (np.arange(size[1]) + 0.5) * 8, (np.arange(size[0]) + 0.5) * 8
    bump = height * np.exp(-((columns - x) ** 2 + (rows[:, None] - y) ** 2) / 98)
    return bump[None].astype(np.float32)


def test_no_peak() -> None:
    peaks = find_peaks(np.zeros((3, 5, 6), np.float32))
    assert peaks.parts.shape == peaks.scores.shape == (0,)
    assert peaks.points.shape == (0, 2)


@settings(deadline=None)
@given(x=st.floats(14, 82), y=st.floats(14, 82))
def test_a_joint_is_found_within_a_pixel(x: float, y: float) -> None:
    peaks = find_peaks(bell(x, y))
    assert len(peaks.parts) == 1
    assert np.abs(peaks.points[0] - [x, y]).max() <= 1.0
    assert 0.8 < peaks.scores[0] <= 1.0


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.tuples(st.integers(2, 9), st.integers(2, 9)),  # one row of cells has equal pixels above each other
    mean=st.sampled_from([-0.3, 0.0, 0.3]),
    largest=st.sampled_from([0.05, 1.0, 1000.0]),
)
def test_noise_has_the_peaks_of_the_map_upsampled_whole(
    seed: int, size: tuple[int, int], mean: float, largest: float
) -> None:
    noise = (np.random.default_rng(seed).normal(mean, 0.3, (3, *size)) * largest).astype(np.float32)
    same_as_plain(noise)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 12))
def test_bells_that_melt_into_each_other(seed: int, count: int) -> None:
    chance = np.random.default_rng(seed)
    bells = [bell(*chance.uniform(-4, 100, 2), height=chance.uniform(0.04, 1)) for _ in range(count)]
    same_as_plain(np.maximum.reduce(bells))


def test_many_patches_and_many_peaks_of_one_map() -> None:
    noise = np.random.default_rng(3).normal(0, 0.3, (3, 46, 60)).astype(np.float32)
    noise[1] = 0
    peaks = same_as_plain(noise)
    assert np.bincount(peaks.parts).tolist() == [127, 0, 127]


def test_of_equal_neighbours_the_first_is_the_peak() -> None:
    single = np.zeros((1, 5, 5), np.float32)
    single[0, 2, 3] = 1
    peaks = find_peaks(single)
    assert plain_peaks(upsampled(single)[0]) == []  # none of the four equal pixels is more than the others
    assert len(peaks.parts) == 1
    assert np.abs(peaks.points[0] - [28, 20]).max() < 1.0


@pytest.mark.parametrize("value", [0.04, 0.3])
def test_a_flat_map_has_peaks_along_its_inner_ring_only(value: float) -> None:
    peaks = same_as_plain(np.full((1, 3, 3), value, np.float32))
    assert len(peaks.parts) == (0 if value < 0.05 else 4 * 21)


def test_the_outermost_ring_is_left_out() -> None:
    corner = np.zeros((1, 4, 4), np.float32)
    corner[0, 0, 0] = 1
    peaks = same_as_plain(corner)
    assert np.floor(peaks.points).min(initial=9) >= 1
