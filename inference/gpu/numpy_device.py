"""A device for tests and trials: its memory is the host's, its kernels are the twins in numpy."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.gpu import twins
from inference.gpu.device import Buffer, Stream
from inference.gpu.launch import Launch
from posestream.errors import PosestreamError
from posestream.schemas.checks import Float32

Grid = tuple[int, int, int]


class NumpyBuffer:
    """Two pieces of memory, so that a forgotten copy shows."""

    def __init__(self, size: int) -> None:
        self.host: NDArray[np.uint8] = np.zeros(size, np.uint8)
        self._memory = np.full(max(size, 1), 0xA5, np.uint8)
        self.address: int = self._memory.ctypes.data


class NumpyStream:
    """Nothing waits: what is queued is done at once."""

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self.waits = 0

    def wait(self) -> None:
        """Count that somebody waited."""
        self.waits += 1


class NumpyDevice:
    """Does everything at once; refuses what a real device would not survive: use while not active."""

    name = "numpy"
    capability = (0, 0)

    def __init__(self) -> None:
        self.allocations = 0
        self._depth = 0
        self._handles = count(1)

    @contextmanager
    def active(self) -> Iterator[None]:
        """Count how deep it is nested."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def allocate(self, size: int) -> NumpyBuffer:
        """Give two arrays; ``allocations`` counts."""
        self._check()
        self.allocations += 1
        return NumpyBuffer(size)

    def stream(self) -> NumpyStream:
        """Give a stream with a handle of its own."""
        self._check()
        return NumpyStream(next(self._handles))

    def copy_in(self, buffer: Buffer, size: int, stream: Stream) -> None:  # noqa: ARG002  # done at once
        """Copy now."""
        self._check()
        memory(buffer.address, np.uint8, (size,))[:] = buffer.host[:size]

    def copy_out(self, buffer: Buffer, size: int, stream: Stream) -> None:  # noqa: ARG002  # done at once
        """Copy now."""
        self._check()
        buffer.host[:size] = memory(buffer.address, np.uint8, (size,))

    def launch(self, launch: Launch, stream: Stream) -> None:  # noqa: ARG002  # done at once
        """Run the kernel's twin on the memory that the arguments name."""
        self._check()
        _TWINS[launch.kernel](launch.grid, *(argument.item() for argument in launch.arguments))

    def _check(self) -> None:
        if not self._depth:
            raise PosestreamError("numpy: no context is active in this thread")


def memory(address: int, kind: type[np.generic], shape: tuple[int, ...]) -> NDArray[Any]:
    """Give what lies at an address of this process, as an array over it."""
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    raw = np.frombuffer(memoryview((ctypes.c_uint8 * size).from_address(address)), np.uint8)
    return raw.view(kind).reshape(shape)


def _letterbox(_grid: Grid, *given: Any) -> None:  # noqa: ANN401  # the kernel's arguments in their order
    y, y_pitch, u, v, chroma_pitch, step, height, width, tensor, *rest = given
    box, (swap, planar, mean, spread) = twins.Letterbox(*rest[:7]), rest[7:]
    luma = memory(y, np.uint8, (height, y_pitch))[:, :width]
    length = chroma_pitch * (height // 2) - (step - 1)  # v of NV12 begins one later and ends with the picture
    blue, red = (_chroma(memory(plane, np.uint8, (length,)), chroma_pitch, step, height, width) for plane in (u, v))
    how = _normalisation(swap, planar, mean, spread)
    answer = twins.letterbox_planes(luma, blue, red, box, how)
    memory(tensor, np.float32, answer.shape)[:] = answer


def _chroma(flat: NDArray[np.uint8], pitch: int, step: int, height: int, width: int) -> NDArray[np.uint8]:
    rows, columns = np.arange(height // 2), np.arange(width // 2)
    plane: NDArray[np.uint8] = flat[rows[:, None] * pitch + columns * step]
    return plane


def _crops(grid: Grid, *given: Any) -> None:  # noqa: ANN401  # the kernel's arguments in their order
    picture, height, width, matrices, tensors, rows, columns, swap, planar, mean, spread = given
    pixels = memory(picture, np.uint8, (height, width, 3))
    to_picture = memory(matrices, np.float32, (grid[2], 2, 3))
    answer = twins.warp_crops(pixels, to_picture, (rows, columns), _normalisation(swap, planar, mean, spread))
    memory(tensors, np.float32, answer.shape)[:] = answer


def _peaks(grid: Grid, *given: Any) -> None:  # noqa: ANN401  # the kernel's arguments in their order
    maps, rows, columns, side, places, peaks, windows = given
    found = twins.heatmap_peaks(memory(maps, np.float32, (grid[0], rows, columns)), side)
    for address, answer in zip((places, peaks, windows), found, strict=True):
        memory(address, answer.dtype.type, answer.shape)[:] = answer


def _normalisation(swap: int, planar: int, mean: int, spread: int) -> twins.Normalisation:
    values: list[Float32] = [memory(address, np.float32, (3,)) for address in (mean, spread)]
    first, second = ((float(a), float(b), float(c)) for a, b, c in values)
    return twins.Normalisation(first, second, bool(swap), bool(planar))


_TWINS = {"letterbox_planes": _letterbox, "warp_crops": _crops, "heatmap_peaks": _peaks}
