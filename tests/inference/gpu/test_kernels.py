"""Each kernel's own source against its twin in numpy: odd sizes, edges, ties, bad numbers."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.gpu import twins
from inference.gpu.launch import Launch, constants_of, crops_launch, letterbox_launch, peaks_launch

OnCpu = Callable[[Launch, tuple[int, int, int]], None]
IMAGENET = twins.Normalisation((123.675, 116.28, 103.53), (1 / 58.395, 1 / 57.12, 1 / 57.375), swap_channels=True)
FLAT = twins.Normalisation((127.5, 127.5, 127.5), (1 / 127.5,) * 3, planar=False)
WAYS = [twins.Normalisation(), IMAGENET, FLAT]


def planes(height: int, width: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    chance, half = np.random.default_rng(height), (height // 2, width // 2)
    return tuple(chance.integers(0, 256, size, np.uint8) for size in ((height, width), half, half))  # type: ignore[return-value]


@pytest.mark.parametrize("layout", ["i420", "nv12"])
@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((36, 64), twins.Letterbox(36, 64, 0, 0, 36, 64)),
        ((36, 64), twins.Letterbox(64, 64, 14, 0, 36, 64, 114.0)),
        ((36, 64), twins.Letterbox(33, 47, 3, 0, 27, 47, 1.0)),
        ((10, 14), twins.Letterbox(50, 71, 0, 1, 50, 70)),
        ((2, 2), twins.Letterbox(1, 1, 0, 0, 1, 1)),
        ((2, 30), twins.Letterbox(5, 5, 2, 0, 1, 5, 9.0)),
    ],
)
def test_planes_become_the_input_tensor(
    on_cpu: OnCpu, layout: str, how: twins.Normalisation, size: tuple[int, int], box: twins.Letterbox
) -> None:
    y, u, v = planes(*size)
    wanted = twins.letterbox_planes(y, u, v, box, how)
    chroma = [u.ravel(), v.ravel()] if layout == "i420" else [np.stack([u, v], axis=-1).ravel()]
    memory, constants, got = np.concatenate([y.ravel(), *chroma]), constants_of(how), np.full_like(wanted, np.nan)
    at = [array.ctypes.data for array in (memory, constants, got)]
    launch = letterbox_launch(at[0], size, layout, box, how, constants=at[1], tensor=at[2])  # type: ignore[arg-type]
    on_cpu(launch, (7, 3, 1))
    assert np.array_equal(got, wanted)


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("crops", [1, 5])
def test_crops_become_the_input_tensors(on_cpu: OnCpu, how: twins.Normalisation, crops: int) -> None:
    chance = np.random.default_rng(crops)
    picture = chance.integers(0, 256, (41, 67, 3), np.uint8)
    matrices = chance.normal(0, 1.5, (crops, 2, 3)).astype(np.float32)
    matrices[:, :, 2] = chance.uniform(-20, 60, (crops, 2))
    wanted = twins.warp_crops(picture, matrices, (19, 13), how)
    assert _run_crops(on_cpu, picture, matrices, (19, 13), how, wanted)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e30, -1e30, 2.0**31])
def test_a_crop_of_absurd_place_is_black(on_cpu: OnCpu, number: float) -> None:
    picture = np.full((4, 6, 3), 200, np.uint8)
    matrices = np.full((1, 2, 3), number, np.float32)
    with np.errstate(invalid="ignore", over="ignore"):
        wanted = twins.warp_crops(picture, matrices, (3, 3), WAYS[0])
    assert not wanted.any()
    assert _run_crops(on_cpu, picture, matrices, (3, 3), WAYS[0], wanted)


def _run_crops(
    on_cpu: OnCpu,
    picture: NDArray[np.uint8],
    matrices: NDArray[np.float32],
    size: tuple[int, int],
    how: twins.Normalisation,
    wanted: NDArray[np.float32],
) -> bool:
    constants, got = constants_of(how), np.full_like(wanted, np.nan)
    at = [array.ctypes.data for array in (picture, matrices, constants, got)]
    shape = picture.shape[:2]
    launch = crops_launch(at[0], shape, (len(matrices), *size), how, matrices=at[1], constants=at[2], tensors=at[3])
    on_cpu(launch, (5, 4, 1))
    return np.array_equal(got, wanted)


@pytest.mark.parametrize("shape", [(3, 64, 48), (1, 1, 1), (4, 5, 3), (2, 7, 31)])
@pytest.mark.parametrize("side", [1, 3, 15])
@pytest.mark.parametrize("kind", ["noise", "ties", "flat", "low"])
def test_the_highest_place_and_what_is_about_it(
    on_cpu: OnCpu, shape: tuple[int, int, int], side: int, kind: str
) -> None:
    chance = np.random.default_rng(sum(shape))
    maps = chance.normal(0, 1, shape).astype(np.float32)
    if kind == "ties":
        maps = np.round(maps)
    elif kind == "flat":
        maps = np.zeros(shape, np.float32)
    elif kind == "low":
        maps -= np.float32(1e30)
    wanted = twins.heatmap_peaks(maps, side)
    got = tuple(np.zeros_like(array) for array in wanted)
    at = [array.ctypes.data for array in (maps, *got)]
    on_cpu(peaks_launch(at[0], shape, side, places=at[1], peaks=at[2], windows=at[3]), (16, 1, 1))
    for one, other in zip(got, wanted, strict=True):
        assert np.array_equal(one, other)
