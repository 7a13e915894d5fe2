"""What each kernel computes, in numpy: float32 in the same order of steps, so that both agree to the last bits.

Also the road of a machine without a device, and the proof that the kernels are right.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Normalisation:
    """Tensor = (value - mean) * spread, for each channel as it lies in the tensor; its order and layout."""

    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    spread: tuple[float, float, float] = (1.0, 1.0, 1.0)
    swap_channels: bool = False
    planar: bool = True


@dataclass(frozen=True)
class Letterbox:
    """Where a picture lies in an input of rows x columns px, and the grey (0..255) around it."""

    rows: int
    columns: int
    top: int
    left: int
    inner_rows: int
    inner_columns: int
    pad: float = 0.0


def planes_to_rgb(y: Pixels, u: Pixels, v: Pixels) -> Float32:
    """Give (H, W, 3) whole numbers in 0..255 of planes (H, W), (H/2, W/2), (H/2, W/2): BT.601, limited range."""
    luma = np.float32(1.164) * np.maximum(y.astype(np.float32) - np.float32(16), np.float32(0))
    blue, red = (_doubled(plane, y.shape) - np.float32(128) for plane in (u, v))
    channels = (
        luma + np.float32(1.596) * red,
        luma - np.float32(0.813) * red - np.float32(0.391) * blue,
        luma + np.float32(2.018) * blue,
    )
    rgb: Float32 = np.rint(np.clip(np.stack(channels, axis=-1), np.float32(0), np.float32(255)))
    return rgb


def letterbox_planes(y: Pixels, u: Pixels, v: Pixels, box: Letterbox, how: Normalisation) -> Float32:
    """Give the input tensor (1, 3, rows, columns) or (1, rows, columns, 3) of one picture's planes."""
    rgb = planes_to_rgb(y, u, v)
    rows, below, next_rows = _bilinear(box.inner_rows, y.shape[0])
    columns, right, next_columns = _bilinear(box.inner_columns, y.shape[1])
    upper = _between(rgb[rows][:, columns], rgb[rows][:, next_columns], right[None, :, None])
    lower = _between(rgb[next_rows][:, columns], rgb[next_rows][:, next_columns], right[None, :, None])
    canvas = np.full((box.rows, box.columns, 3), box.pad, np.float32)
    inner = slice(box.top, box.top + box.inner_rows), slice(box.left, box.left + box.inner_columns)
    canvas[inner] = _between(upper, lower, below[:, None, None])
    return _tensor(canvas[None], how)


def warp_crops(picture: Pixels, to_picture: Float32, size: tuple[int, int], how: Normalisation) -> Float32:
    """Give the input tensors (N, 3, rows, columns) or (N, rows, columns, 3) of N crops of a picture (H, W, 3).

    ``to_picture`` (N, 2, 3): picture = matrix @ (column, row, 1), counted from the centres of pixels. Outside of the
    picture is black.
    """
    rows, columns = np.indices(size, dtype=np.float32)
    matrix = to_picture.astype(np.float32)[:, :, :, None, None]
    x = matrix[:, 0, 0] * columns + matrix[:, 0, 1] * rows + matrix[:, 0, 2]
    y = matrix[:, 1, 0] * columns + matrix[:, 1, 1] * rows + matrix[:, 1, 2]
    height, width = picture.shape[:2]
    near = (x > -2) & (y > -2) & (x < width + 1) & (y < height + 1)
    x, y = np.where(near, x, np.float32(-2)), np.where(near, y, np.float32(-2))
    x_floor, y_floor = np.floor(x), np.floor(y)
    right, below = (x - x_floor)[..., None], (y - y_floor)[..., None]
    framed = np.pad(picture, ((2, 3), (2, 3), (0, 0))).astype(np.float32)  # black on all sides
    left, top = x_floor.astype(np.int64) + 2, y_floor.astype(np.int64) + 2
    upper = _between(framed[top, left], framed[top, left + 1], right)
    lower = _between(framed[top + 1, left], framed[top + 1, left + 1], right)
    return _tensor(_between(upper, lower, below), how)


def heatmap_peaks(maps: Float32, side: int) -> tuple[NDArray[np.int32], Float32, Float32]:
    """Give the highest place (M,) of each map (M, rows, columns), the value there, and the window (M, side, side).

    The place is row * columns + column, of equal ones the first; beyond the edge the window repeats the edge.
    """
    count, rows, columns = maps.shape
    places = maps.reshape(count, -1).argmax(axis=1)
    offsets = np.arange(side) - side // 2
    near_rows = np.clip(places[:, None] // columns + offsets, 0, rows - 1)
    near_columns = np.clip(places[:, None] % columns + offsets, 0, columns - 1)
    every = np.arange(count)
    windows = maps[every[:, None, None], near_rows[:, :, None], near_columns[:, None, :]]
    return places.astype(np.int32), maps.reshape(count, -1)[every, places], windows


def _doubled(plane: Pixels, shape: tuple[int, ...]) -> Float32:
    rows, columns = np.arange(shape[0]) // 2, np.arange(shape[1]) // 2
    doubled: Float32 = plane[rows][:, columns].astype(np.float32)
    return doubled


def _bilinear(length: int, source: int) -> tuple[NDArray[Any], Float32, NDArray[Any]]:
    """Give for each of ``length`` places the source's place before it, the share of the next one, and that one."""
    step = np.float32(source) / np.float32(length)
    at = (np.arange(length, dtype=np.float32) + np.float32(0.5)) * step - np.float32(0.5)
    at = np.clip(at, np.float32(0), np.float32(source - 1))
    first = at.astype(np.int64)
    return first, at - first.astype(np.float32), np.minimum(first + 1, source - 1)


def _between(one: Float32, other: Float32, share: Float32) -> Float32:
    return one + (other - one) * share


def _tensor(pixels: Float32, how: Normalisation) -> Float32:
    ordered = pixels[..., ::-1] if how.swap_channels else pixels
    tensor = (ordered - np.array(how.mean, np.float32)) * np.array(how.spread, np.float32)
    return np.ascontiguousarray(tensor.transpose(0, 3, 1, 2) if how.planar else tensor)
