"""The kernels on a device against their twins in numpy."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.gpu import twins
from inference.gpu.device import Buffer, Device, Stream
from inference.gpu.launch import Launch, constants_of, crops_launch, letterbox_launch, peaks_launch

Array = NDArray[Any]
IMAGENET = twins.Normalisation((123.675, 116.28, 103.53), (1 / 58.395, 1 / 57.12, 1 / 57.375), swap_channels=True)
FLAT = twins.Normalisation((127.5, 127.5, 127.5), (1 / 127.5,) * 3, planar=False)


class Bench:
    """Puts arrays on a device, launches, and gets arrays back."""

    def __init__(self, device: Device) -> None:
        self.device, self.stream = device, device.stream()
        self._kept: list[Buffer] = []

    def put(self, array: Array) -> int:
        buffer = self.room(array)
        buffer.host[:] = np.frombuffer(array.tobytes(), np.uint8)
        self.device.copy_in(buffer, array.nbytes, self.stream)
        return buffer.address

    def room(self, like: Array) -> Buffer:
        buffer = self.device.allocate(like.nbytes)
        self._kept.append(buffer)
        return buffer

    def run(self, launch: Launch, answers: list[tuple[Buffer, Array]]) -> list[Array]:
        self.device.launch(launch, self.stream)
        for buffer, like in answers:
            self.device.copy_out(buffer, like.nbytes, self.stream)
        self.stream.wait()
        return [np.frombuffer(each.host.tobytes(), like.dtype).reshape(like.shape) for each, like in answers]

    def free(self) -> None:
        self._kept.clear()
        stream: Stream | None = self.stream
        del self.stream, stream


@pytest.mark.parametrize("layout", ["i420", "nv12"])
@pytest.mark.parametrize("how", [IMAGENET, FLAT])
@pytest.mark.parametrize("size", [(720, 1280), (36, 64), (2, 2)])
def test_letterbox(device: Device, layout: str, how: twins.Normalisation, size: tuple[int, int]) -> None:
    chance, half = np.random.default_rng(0), (size[0] // 2, size[1] // 2)
    y, u, v = (chance.integers(0, 256, shape, np.uint8) for shape in (size, half, half))
    box = twins.Letterbox(256, 448, 2, 0, 252, 448, 114.0)
    wanted = twins.letterbox_planes(y, u, v, box, how)
    chroma = [u.ravel(), v.ravel()] if layout == "i420" else [np.stack([u, v], axis=-1).ravel()]
    with device.active():
        bench = Bench(device)
        planes, constants = bench.put(np.concatenate([y.ravel(), *chroma])), bench.put(constants_of(how))
        answer = bench.room(wanted)
        launch = letterbox_launch(planes, size, layout, box, how, constants=constants, tensor=answer.address)  # type: ignore[arg-type]
        (got,) = bench.run(launch, [(answer, wanted)])
        bench.free()
    assert np.array_equal(got, wanted)


@pytest.mark.parametrize("how", [IMAGENET, FLAT])
@pytest.mark.parametrize("crops", [1, 20])
def test_crops(device: Device, how: twins.Normalisation, crops: int) -> None:
    chance = np.random.default_rng(crops)
    picture = chance.integers(0, 256, (719, 1279, 3), np.uint8)
    matrices = chance.normal(0, 2, (crops, 2, 3)).astype(np.float32)
    matrices[:, :, 2] = chance.uniform(-50, 800, (crops, 2))
    matrices[0] = np.nan  # an absurd place is black
    with np.errstate(invalid="ignore"):
        wanted = twins.warp_crops(picture, matrices, (256, 192), how)
    with device.active():
        bench = Bench(device)
        at = [bench.put(array) for array in (picture, matrices, constants_of(how))]
        answer = bench.room(wanted)
        names = {"matrices": at[1], "constants": at[2], "tensors": answer.address}
        (got,) = bench.run(crops_launch(at[0], (719, 1279), (crops, 256, 192), how, **names), [(answer, wanted)])
        bench.free()
    assert np.array_equal(got, wanted)


@pytest.mark.parametrize("shape", [(340, 64, 48), (1, 1, 1), (17, 96, 72)])
@pytest.mark.parametrize("flat", [False, True])
def test_peaks(device: Device, shape: tuple[int, int, int], *, flat: bool) -> None:
    chance = np.random.default_rng(1)
    maps = np.zeros(shape, np.float32) if flat else chance.normal(0, 1, shape).astype(np.float32)
    wanted = list(twins.heatmap_peaks(maps, 5))
    with device.active():
        bench = Bench(device)
        source, answers = bench.put(maps), [bench.room(each) for each in wanted]
        names = dict(zip(("places", "peaks", "windows"), (each.address for each in answers), strict=True))
        got = bench.run(peaks_launch(source, shape, 5, **names), list(zip(answers, wanted, strict=True)))
        bench.free()
    for ours, theirs in zip(got, wanted, strict=True):
        assert np.array_equal(ours, theirs)
