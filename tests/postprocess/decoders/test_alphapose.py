from collections.abc import Callable

import numpy as np
import pytest

from postprocess.decoders import DecodeOptions
from postprocess.decoders.alphapose import decode_alphapose
from postprocess.decoders.heatmap import decode_heatmap_quarter
from synthetic import heatmap

OPTIONS = DecodeOptions(256, 192)


@pytest.mark.parametrize("persons", [1, 5, 20])
@pytest.mark.parametrize("size", [(256, 192), (384, 288)])
def test_what_was_encoded_is_decoded(persons: int, size: tuple[int, int], reproduces: Callable[..., None]) -> None:
    keypoints, peaks = heatmap.crops(persons, persons, size)
    outputs = [heatmap.biased(keypoints, peaks, size)]
    found = decode_alphapose(outputs, DecodeOptions(*size))
    reproduces("AlphaPose", outputs, np.abs(found.keypoints - keypoints).max(), 2.0)


def test_off_the_edges_it_is_the_quarter_offset() -> None:
    outputs, options = heatmap.crowd(5)
    one, other = (decode(outputs, DecodeOptions(**options)) for decode in (decode_alphapose, decode_heatmap_quarter))
    cells = one.keypoints / 4
    inside = ((cells > 2) & (cells < [46, 62])).all(axis=-1)
    assert np.array_equal(one.keypoints[inside], other.keypoints[inside])


@pytest.mark.parametrize(
    ("x", "y", "step"),
    [(2, 2, 0.25), (46, 62, 0.25), (1, 30, 0), (47, 30, 0), (20, 1, 0), (20, 63, 0), (0, 0, 0)],
)
def test_at_the_edge_of_one_axis_neither_is_refined(x: int, y: int, step: float) -> None:
    maps = np.zeros((1, 17, 64, 48), np.float32)
    maps[:, :, :, x] = maps[:, :, y] = 0.1
    maps[:, :, y, min(x + 1, 47)] = maps[:, :, min(y + 1, 63), x] = 0.5
    maps[:, :, y, x] = 1.0
    found = decode_alphapose([maps], OPTIONS)
    assert found.keypoints[0, 0] == pytest.approx((np.array([x, y]) + step) * 4)
