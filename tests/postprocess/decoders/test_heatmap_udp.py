from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from postprocess.decoders import DecodeOptions
from postprocess.decoders.heatmap_udp import decode_heatmap_udp
from synthetic import heatmap

OPTIONS = DecodeOptions(256, 192)
CLEAR = 24.0  # px from the edges, 3 sigma: nearer, the zeros that the blur takes from beyond draw the top inwards
Array = NDArray[np.float32]


def literal(maps: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Cells (M, 2) by the published steps, one after the other, of maps (M, h, w), and which (M,) have a top at all.

    A map cut almost flat has none: its step is rounding divided by rounding.
    """
    kernel, sigma = (17, 2.9) if maps.shape[1] >= 96 else (11, 2.0)
    reach = kernel // 2
    weights = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma**2))
    weights /= weights.sum()
    places, bends = [], []
    for each in maps.astype(np.float64):
        y, x = divmod(int(each.argmax()), each.shape[1])
        padded = np.pad(each, reach)
        lines = np.apply_along_axis(np.convolve, 1, padded, weights, "valid")
        blurred = np.apply_along_axis(np.convolve, 0, lines, weights, "valid")
        log = np.pad(np.log(np.clip(blurred * each.max() / blurred.max(), 1e-3, 50)), 1, mode="edge")
        near = log[y : y + 3, x : x + 3]
        slope = [(near[1, 2] - near[1, 0]) / 2, (near[2, 1] - near[0, 1]) / 2]
        dxx, dyy = near[1, 2] - 2 * near[1, 1] + near[1, 0], near[2, 1] - 2 * near[1, 1] + near[0, 1]
        dxy = (near[2, 2] - near[0, 2] - near[2, 0] + near[0, 0]) / 4
        bent = np.array([[dxx, dxy], [dxy, dyy]]) + np.finfo(np.float32).eps * np.eye(2)
        step = np.linalg.inv(bent) @ slope
        places.append([x, y] - step)
        bends.append(np.linalg.det(bent) > 1e-4 and np.abs(step).max() < reach)
    return np.array(places), np.array(bends)


def pixels(cells: Array, size: tuple[int, int]) -> Array:
    height, width = size
    return cells * [(width - 1) / (width // 4 - 1), (height - 1) / (height // 4 - 1)]


@pytest.mark.parametrize("persons", [1, 5, 20])
@pytest.mark.parametrize("size", [(256, 192), (384, 288), (256, 256)])
def test_what_was_encoded_is_decoded(persons: int, size: tuple[int, int], reproduces: Callable[..., None]) -> None:
    keypoints, peaks = heatmap.crops(persons, persons, size, margin=CLEAR * size[0] / 256)
    outputs = [heatmap.aligned(keypoints, peaks, size)]
    found = decode_heatmap_udp(outputs, DecodeOptions(*size))
    reproduces("HRNet UDP / ViTPose", outputs, np.abs(found.keypoints - keypoints).max(), 0.1)


def test_near_the_edge_half_a_cell_is_kept() -> None:
    keypoints, peaks = heatmap.crops(20, 2, margin=8)
    found = decode_heatmap_udp([heatmap.aligned(keypoints, peaks)], OPTIONS)
    assert np.abs(found.keypoints - keypoints).max() <= 2.0


@pytest.mark.parametrize("size", [(256, 192), (384, 288)])
@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_it_is_the_published_road(size: tuple[int, int], noise: float) -> None:
    keypoints, peaks = heatmap.crops(6, 9, size)
    peaks[:, ::4] = 1.15e-3  # once blurred below the floor, once scaled back partly above it
    peaks[:, 1::4] = 54  # partly above the ceiling
    chance = np.random.default_rng(1).normal(0, noise, (6, 17, size[0] // 4, size[1] // 4))
    maps = (heatmap.aligned(keypoints, peaks, size) + chance).astype(np.float32)
    found = decode_heatmap_udp([maps], DecodeOptions(*size))
    cells, bends = literal(maps.reshape(-1, *maps.shape[2:]))
    assert bends.mean() > 0.6
    assert np.abs(found.keypoints.reshape(-1, 2) - pixels(cells, size))[bends].max() < 1e-2


@pytest.mark.parametrize(("x", "y", "pixel"), [(0, 0, (0, 0)), (47, 63, (191, 255)), (47, 0, (191, 0))])
def test_the_first_and_the_last_cells_are_the_first_and_the_last_pixels(x: int, y: int, pixel: tuple[int, int]) -> None:
    maps = np.zeros((1, 17, 64, 48), np.float32)
    maps[:, :, y, x] = 1e-4  # all below the floor: a plain without slope, so there is no step
    assert decode_heatmap_udp([maps], OPTIONS).keypoints[0, 0] == pytest.approx(pixel)
