from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from postprocess.decoders import DecodeOptions
from postprocess.decoders.heatmap import decode_heatmap_quarter
from synthetic import heatmap

OPTIONS = DecodeOptions(256, 192)
Array = NDArray[np.float32]


@pytest.mark.parametrize("persons", [1, 5, 20])
@pytest.mark.parametrize("size", [(256, 192), (384, 288), (256, 256)])
@pytest.mark.parametrize("encode", [heatmap.biased, heatmap.unbiased])
def test_what_was_encoded_is_decoded(
    persons: int, size: tuple[int, int], encode: Callable[..., Array], reproduces: Callable[..., None]
) -> None:
    keypoints, peaks = heatmap.crops(persons, persons, size)
    outputs = [encode(keypoints, peaks, size)]
    found = decode_heatmap_quarter(outputs, DecodeOptions(*size))
    # Half a cell: no more is said by maps whose top is at a whole one.
    reproduces("HRNet quarter offset", outputs, np.abs(found.keypoints - keypoints).max(), 2.0)


def test_the_quarter_halves_the_error_of_maps_that_know_more() -> None:
    keypoints, peaks = heatmap.crops(20, 3, margin=20)
    found = decode_heatmap_quarter([heatmap.unbiased(keypoints, peaks)], OPTIONS)
    assert np.abs(found.keypoints - keypoints).max() <= 1.0 + 1e-3


def one_cell(x: int, y: int, left: float = 0.0, right: float = 0.0, below: float = 0.0) -> Array:
    maps = np.zeros((1, 17, 64, 48), np.float32)
    maps[:, :, y, x] = 1.0
    for column, row, value in ((x - 1, y, left), (x + 1, y, right), (x, y + 1, below)):
        if 0 <= column < 48 and row < 64:
            maps[:, :, row, column] = value
    return maps


@pytest.mark.parametrize(
    ("x", "y", "where"),
    [
        (20, 30, (20.25, 30.25)),
        (2, 2, (2.25, 2.25)),
        (1, 30, (1, 30.25)),  # as published: 1 < x
        (0, 30, (0, 30.25)),
        (46, 30, (46.25, 30.25)),
        (47, 30, (47, 30.25)),
        (20, 1, (20.25, 1)),
        (20, 0, (20.25, 0)),
        (20, 62, (20.25, 62.25)),
        (20, 63, (20.25, 63)),
    ],
)
def test_each_axis_has_its_own_edge(x: int, y: int, where: tuple[float, float]) -> None:
    found = decode_heatmap_quarter([one_cell(x, y, right=0.5, below=0.5)], OPTIONS)
    assert found.keypoints[0, 0] == pytest.approx(np.array(where) * 4)


def test_between_equal_neighbours_there_is_no_step() -> None:
    found = decode_heatmap_quarter([one_cell(20, 30, left=0.5, right=0.5)], OPTIONS)
    assert found.keypoints[0, 0].tolist() == [80, 120]
    found = decode_heatmap_quarter([one_cell(20, 30, left=0.5, right=0.25)], OPTIONS)
    assert found.keypoints[0, 0].tolist() == [79, 120]


def test_the_largest_numbers_do_not_overflow() -> None:
    found = decode_heatmap_quarter([one_cell(20, 30, left=-1, right=0.5) * np.float32(3e38)], OPTIONS)
    assert found.keypoints[0, 0].tolist() == [81, 120]
