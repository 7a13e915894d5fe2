from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from postprocess.decoders import DecodeOptions
from postprocess.decoders.heatmap_dark import decode_heatmap_dark
from synthetic import heatmap

OPTIONS = DecodeOptions(256, 192)
CLEAR = 24.0  # px from the edges, 3 sigma: nearer, the zeros that the blur takes from beyond draw the top inwards
Array = NDArray[np.float32]


def literal(maps: Array) -> Array:
    """Cells (M, 2) by the published steps, one after the other, of maps (M, h, w)."""
    kernel, sigma = (17, 2.9) if maps.shape[1] >= 96 else (11, 2.0)
    reach = kernel // 2
    weights = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma**2))
    weights /= weights.sum()
    places = []
    for each in maps.astype(np.float64):
        y, x = divmod(int(each.argmax()), each.shape[1])
        padded = np.pad(each, reach)
        lines = np.apply_along_axis(np.convolve, 1, padded, weights, "valid")
        blurred = np.apply_along_axis(np.convolve, 0, lines, weights, "valid")
        log = np.log(np.maximum(blurred * each.max() / blurred.max(), 1e-10))
        place = np.array([x, y], float)
        if 1 < x < log.shape[1] - 2 and 1 < y < log.shape[0] - 2:
            slope = [(log[y, x + 1] - log[y, x - 1]) / 2, (log[y + 1, x] - log[y - 1, x]) / 2]
            dxx = (log[y, x + 2] - 2 * log[y, x] + log[y, x - 2]) / 4
            dyy = (log[y + 2, x] - 2 * log[y, x] + log[y - 2, x]) / 4
            dxy = (log[y + 1, x + 1] - log[y - 1, x + 1] - log[y + 1, x - 1] + log[y - 1, x - 1]) / 4
            place -= np.linalg.inv([[dxx, dxy], [dxy, dyy]]) @ slope
        places.append(place)
    return np.array(places)


@pytest.mark.parametrize("persons", [1, 5, 20])
@pytest.mark.parametrize("size", [(256, 192), (384, 288), (256, 256)])
def test_what_was_encoded_is_decoded(persons: int, size: tuple[int, int], reproduces: Callable[..., None]) -> None:
    keypoints, peaks = heatmap.crops(persons, persons, size, margin=CLEAR * size[0] / 256)
    outputs = [heatmap.unbiased(keypoints, peaks, size)]
    found = decode_heatmap_dark(outputs, DecodeOptions(*size))
    reproduces("HRNet DARK", outputs, np.abs(found.keypoints - keypoints).max(), 0.1)


def test_near_the_edge_half_a_cell_is_kept() -> None:
    keypoints, peaks = heatmap.crops(20, 2)
    found = decode_heatmap_dark([heatmap.unbiased(keypoints, peaks)], OPTIONS)
    assert np.abs(found.keypoints - keypoints).max() <= 2.0


@pytest.mark.parametrize("size", [(256, 192), (384, 288)])
@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_it_is_the_published_road(size: tuple[int, int], noise: float) -> None:
    keypoints, peaks = heatmap.crops(6, 9, size)
    chance = np.random.default_rng(1).normal(0, noise, (6, 17, size[0] // 4, size[1] // 4))
    maps = (heatmap.unbiased(keypoints, peaks, size) + chance).astype(np.float32)
    found = decode_heatmap_dark([maps], DecodeOptions(*size))
    expected = literal(maps.reshape(-1, *maps.shape[2:])).reshape(6, 17, 2) * 4
    assert np.abs(found.keypoints - expected).max() < 1e-2


def test_where_the_floor_cuts_the_scale_of_the_whole_map_counts() -> None:
    # About the top all is below 0 once blurred, so only some of the cells that count stand above the floor.
    maps = np.full((1, 17, 64, 48), -0.02, np.float32)
    maps[:, :, 30, 20], maps[:, :, 30, 21], maps[:, :, 10:20, 30:40] = 1.0, 0.5, 0.1
    maps[:, :, 32, 20] = -0.9
    expected = literal(maps[0]) * 4
    assert np.abs(expected[0] - [80, 120]).max() > 0.1
    assert np.abs(decode_heatmap_dark([maps], OPTIONS).keypoints[0] - expected).max() < 1e-2


@pytest.mark.parametrize(("x", "y"), [(0, 0), (1, 30), (20, 1), (46, 30), (20, 62), (47, 63)])
def test_near_the_edge_nothing_is_refined(x: int, y: int) -> None:
    maps = heatmap.gaussians(np.full((1, 17, 2), [x + 0.3, y + 0.3]), np.ones((1, 17)), (256, 192))
    assert decode_heatmap_dark([maps], OPTIONS).keypoints[0, 0].tolist() == [4 * x, 4 * y]
