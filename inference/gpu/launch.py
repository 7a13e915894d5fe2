"""How a kernel is started: its grid, its block and its arguments in order, as any device takes them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from inference.gpu.twins import Letterbox, Normalisation

BLOCK = (32, 8, 1)
PEAK_THREADS = 128
Argument = np.uint64 | np.int32 | np.float32
"""An address, a whole number or a number: 8, 4 and 4 bytes."""


@dataclass(frozen=True)
class Launch:
    """One start of a kernel; ``shared_bytes`` is the memory that each block's threads share."""

    kernel: str
    grid: tuple[int, int, int]
    block: tuple[int, int, int]
    arguments: tuple[Argument, ...]
    shared_bytes: int = 0


KERNELS = {"letterbox_planes": "letterbox", "warp_crops": "crops", "heatmap_peaks": "heatmaps"}
"""Kernel -> the file in inference/gpu/kernels that holds it alone."""


def constants_of(how: Normalisation) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Give what a kernel reads of a normalisation from the device's memory: mean and spread, (6,)."""
    return np.array([*how.mean, *how.spread], np.float32)


def letterbox_launch(
    planes: int,
    size: tuple[int, int],
    layout: Literal["i420", "nv12"],
    box: Letterbox,
    how: Normalisation,
    *,
    constants: int,
    tensor: int,
) -> Launch:
    """Start `twins.letterbox_planes` on the planes of a picture of ``size`` (height, width) at an address.

    ``planes``: all three in one piece without gaps; ``constants`` and ``tensor``: addresses of `constants_of` and of
    the answer. Height and width are even.
    """
    height, width = size
    chroma = planes + height * width
    beside = layout == "nv12"
    arguments: tuple[Argument, ...] = (
        np.uint64(planes),
        np.int32(width),
        np.uint64(chroma),
        np.uint64(chroma + (1 if beside else height * width // 4)),
        np.int32(width if beside else width // 2),
        np.int32(2 if beside else 1),
        *_int32(height, width),
        np.uint64(tensor),
        *_int32(box.rows, box.columns, box.top, box.left, box.inner_rows, box.inner_columns),
        np.float32(box.pad),
        *_int32(how.swap_channels, how.planar),
        np.uint64(constants),
        np.uint64(constants + 12),
    )
    return Launch("letterbox_planes", _grid(box.rows, box.columns, 1), BLOCK, arguments)


def crops_launch(
    picture: int,
    size: tuple[int, int],
    shape: tuple[int, int, int],
    how: Normalisation,
    *,
    matrices: int,
    constants: int,
    tensors: int,
) -> Launch:
    """Start `twins.warp_crops` on an RGB picture of ``size`` (height, width); the rest are addresses.

    ``shape``: how many crops, their rows and columns.
    """
    arguments: tuple[Argument, ...] = (
        np.uint64(picture),
        *_int32(*size),
        np.uint64(matrices),
        np.uint64(tensors),
        *_int32(*shape[1:], how.swap_channels, how.planar),
        np.uint64(constants),
        np.uint64(constants + 12),
    )
    return Launch("warp_crops", _grid(shape[1], shape[2], shape[0]), BLOCK, arguments)


def peaks_launch(maps: int, shape: tuple[int, int, int], side: int, *, places: int, peaks: int, windows: int) -> Launch:
    """Start `twins.heatmap_peaks` on maps of ``shape`` (M, rows, columns); the rest are addresses."""
    count, rows, columns = shape
    arguments: tuple[Argument, ...] = (
        np.uint64(maps),
        *_int32(rows, columns, side),
        np.uint64(places),
        np.uint64(peaks),
        np.uint64(windows),
    )
    return Launch("heatmap_peaks", (count, 1, 1), (PEAK_THREADS, 1, 1), arguments, shared_bytes=PEAK_THREADS * 8)


def _grid(rows: int, columns: int, depth: int) -> tuple[int, int, int]:
    return -(-columns // BLOCK[0]), -(-rows // BLOCK[1]), depth


def _int32(*values: int) -> tuple[np.int32, ...]:
    return tuple(np.int32(value) for value in values)
