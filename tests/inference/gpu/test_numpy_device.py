"""The stand-in runs what a kernel would: the same launches as on a device, the twins' own answers."""

import numpy as np
import pytest

from inference.gpu import twins
from inference.gpu.device import Buffer
from inference.gpu.launch import constants_of, crops_launch, letterbox_launch, peaks_launch
from inference.gpu.numpy_device import NumpyBuffer, NumpyDevice, NumpyStream
from posestream.errors import PosestreamError

HOW = twins.Normalisation((1.0, 2.0, 3.0), (0.5, 0.25, 2.0), swap_channels=True, planar=False)


def put(device: NumpyDevice, stream: NumpyStream, array: np.ndarray) -> NumpyBuffer:
    buffer = device.allocate(array.nbytes)
    buffer.host[:] = np.frombuffer(array.tobytes(), np.uint8)
    device.copy_in(buffer, array.nbytes, stream)
    return buffer


def got(device: NumpyDevice, stream: NumpyStream, buffer: Buffer, like: np.ndarray) -> np.ndarray:
    device.copy_out(buffer, like.nbytes, stream)
    return np.frombuffer(buffer.host[: like.nbytes].tobytes(), like.dtype).reshape(like.shape)


@pytest.mark.parametrize("layout", ["i420", "nv12"])
def test_letterbox(layout: str) -> None:
    chance = np.random.default_rng(1)
    y, u, v = (chance.integers(0, 256, size, np.uint8) for size in ((12, 20), (6, 10), (6, 10)))
    box = twins.Letterbox(9, 15, 1, 0, 7, 15, 114.0)
    wanted = twins.letterbox_planes(y, u, v, box, HOW)
    chroma = [u.ravel(), v.ravel()] if layout == "i420" else [np.stack([u, v], axis=-1).ravel()]
    device = NumpyDevice()
    with device.active():
        stream = device.stream()
        planes = put(device, stream, np.concatenate([y.ravel(), *chroma]))
        constants, tensor = put(device, stream, constants_of(HOW)), device.allocate(wanted.nbytes)
        at = {"constants": constants.address, "tensor": tensor.address}
        device.launch(letterbox_launch(planes.address, (12, 20), layout, box, HOW, **at), stream)  # type: ignore[arg-type]
        assert np.array_equal(got(device, stream, tensor, wanted), wanted)


def test_crops() -> None:
    chance = np.random.default_rng(2)
    picture = chance.integers(0, 256, (11, 17, 3), np.uint8)
    matrices = chance.normal(0, 2, (3, 2, 3)).astype(np.float32)
    wanted = twins.warp_crops(picture, matrices, (8, 6), HOW)
    device = NumpyDevice()
    with device.active():
        stream = device.stream()
        kept = [put(device, stream, array) for array in (picture, matrices, constants_of(HOW))]
        tensors = device.allocate(wanted.nbytes)
        addresses = {"matrices": kept[1].address, "constants": kept[2].address, "tensors": tensors.address}
        device.launch(crops_launch(kept[0].address, (11, 17), (3, 8, 6), HOW, **addresses), stream)
        assert np.array_equal(got(device, stream, tensors, wanted), wanted)


def test_peaks() -> None:
    maps = np.random.default_rng(3).normal(0, 1, (5, 7, 9)).astype(np.float32)
    wanted = twins.heatmap_peaks(maps, 3)
    device = NumpyDevice()
    with device.active():
        stream = device.stream()
        source = put(device, stream, maps)
        answers = [device.allocate(each.nbytes) for each in wanted]
        names = dict(zip(("places", "peaks", "windows"), (each.address for each in answers), strict=True))
        device.launch(peaks_launch(source.address, (5, 7, 9), 3, **names), stream)
        for buffer, each in zip(answers, wanted, strict=True):
            assert np.array_equal(got(device, stream, buffer, each), each)


def test_both_sides_of_a_buffer_differ_until_they_are_copied() -> None:
    device = NumpyDevice()
    with device.active():
        buffer, stream = device.allocate(4), device.stream()
        buffer.host[:] = [1, 2, 3, 4]
        device.copy_in(buffer, 2, stream)
        device.copy_out(buffer, 4, stream)
        assert buffer.host.tolist() == [1, 2, 0xA5, 0xA5]
    assert device.allocations == 1


def test_without_a_context_nothing_goes() -> None:
    device = NumpyDevice()
    with device.active():
        buffer, stream = device.allocate(4), device.stream()
        with device.active():
            pass
        device.copy_in(buffer, 4, stream)
    for call in (
        lambda: device.allocate(1),
        device.stream,
        lambda: device.copy_in(buffer, 4, stream),
        lambda: device.copy_out(buffer, 4, stream),
    ):
        with pytest.raises(PosestreamError, match="no context is active"):
            call()
