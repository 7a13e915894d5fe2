import numpy as np
import pytest
from numpy.typing import NDArray

from postprocess.decoders.heatmap_logs import blur_reach, newton_steps, smooth_logs
from postprocess.decoders.heatmap_maxima import Peaks

Array = NDArray[np.float32]


def peaks_of(maps: Array) -> Peaks:
    flat = maps.reshape(len(maps), maps.shape[1] * maps.shape[2])
    highest = flat.argmax(axis=1)
    cells = np.stack([highest % maps.shape[2], highest // maps.shape[2]], axis=1)
    return Peaks(maps.astype(np.float32), flat.max(axis=1).astype(np.float32), cells)


def steps_of(gradient: Array, dxx: float, dxy: float, dyy: float, limit: float = 5.0) -> list[float]:
    curvature = tuple(np.array([each]) for each in (dxx, dxy, dyy))
    return newton_steps(np.array([gradient], float), curvature, limit)[0].tolist()


def test_no_maps() -> None:
    assert smooth_logs(peaks_of(np.zeros((0, 64, 48))), 2, 1e-10).shape == (0, 5, 5)
    nothing = np.zeros(0)
    assert newton_steps(np.zeros((0, 2)), (nothing, nothing, nothing), 5.0).shape == (0, 2)


def test_the_blur_is_wider_for_the_larger_maps() -> None:
    assert [blur_reach(rows) for rows in (56, 64, 96, 128)] == [5, 5, 8, 8]


def test_one_cell_blurred_is_the_kernel() -> None:
    maps = np.zeros((1, 64, 48))
    maps[0, 30, 20] = 0.8
    logs = smooth_logs(peaks_of(maps), 2, 1e-10)[0]
    away = np.arange(-2, 3)
    expected = -(away**2 + away[:, None] ** 2) / 8
    assert logs - logs[2, 2] == pytest.approx(expected, abs=1e-5)


def test_what_the_floor_cuts_is_scaled_to_the_old_maximum() -> None:
    maps = np.zeros((1, 64, 48))
    maps[0, 30, 20] = 0.8
    logs = smooth_logs(peaks_of(maps), 2, floor=0.5)[0]
    assert logs[2, 2] == pytest.approx(np.log(0.8), abs=1e-6)
    assert logs[2, 3] == pytest.approx(np.log(0.8) - 1 / 8, abs=1e-6)
    assert logs[0, 0] == pytest.approx(np.log(0.5))


def test_beyond_the_edge_counts_the_edge() -> None:
    maps = np.random.default_rng(0).uniform(0.1, 0.5, (1, 64, 48))
    maps[0, 0, 47] = 1.0
    logs = smooth_logs(peaks_of(maps), 1, 1e-3)[0]
    assert np.array_equal(logs[0], logs[1])
    assert np.array_equal(logs[:, 2], logs[:, 1])


@pytest.mark.parametrize("rest", [0.0, -1.0])
def test_maps_without_anything_above_zero_have_no_slope(rest: float) -> None:
    maps = np.full((2, 64, 48), rest)
    maps[1, 10, 10] = 1e-7 if rest else 0.0  # alone in a pit: blurred there is nothing left of it
    assert not smooth_logs(peaks_of(maps), 1, 1e-3, 50.0).any()


def test_the_step_ends_at_the_top_of_a_parabola() -> None:
    bent = np.array([[-0.5, 0.1], [0.1, -0.25]])
    gradient = -bent @ [0.3, -0.4]
    assert steps_of(gradient, -0.5, 0.1, -0.25) == pytest.approx([0.3, -0.4])


def test_there_is_no_step_on_a_plain_and_none_beyond_the_limit() -> None:
    assert steps_of(np.array([0.1, 0.1]), 0.0, 0.0, 0.0) == [0, 0]
    assert steps_of(np.array([0.1, 0.1]), -0.5, 0.5, -0.5) == [0, 0]
    assert steps_of(np.array([4.9, 0.1]), -1.0, 0.0, -1.0) == pytest.approx([4.9, 0.1])
    assert steps_of(np.array([0.1, 5.1]), -1.0, 0.0, -1.0) == [0, 0]
    assert steps_of(np.array([1.0, 0.0]), -1e-300, 0.0, -1.0) == [0, 0]
