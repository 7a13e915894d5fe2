"""Cubic upsampling of coarse maps by 8, only where it is wanted.

A fine pixel f lies at (f + .5) / 8 - .5 of the coarse map, which repeats its outermost cells beyond the edge. With
t the share of the way from cell 1 to cell 2 of four neighbours, and a = -.75, their weights are
a t (1 - t)², 1 - (a + 3) t² + (a + 2) t³ and the same two with 1 - t for t (cubic convolution, Keys 1981). These
weights have few binary digits: in float64 a value does not depend on the road by which it was come to.

A patch is the 8 x 8 fine pixels between four coarse cells: patch i begins at the fine pixel 8 i + 4, and its four
neighbours are the cells i - 1 to i + 2. Maps with a margin hold cell i at row i + ``MARGIN``.
"""

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

STRIDE = 8
MARGIN = 3
"""Cells added around a map: a patch and one fine pixel around it reach that far."""
_SHARPNESS = -0.75
_BLOCK = 4096  # points interpolated at once: their values stay in the cache


def _weights() -> Float64:
    """Give the weights (8, 4) of the four neighbours at each of a patch's fine pixels."""
    near = (np.arange(STRIDE) + 0.5) / STRIDE
    far = 1.0 - near
    outer = [_SHARPNESS * far * near**2, _SHARPNESS * near * far**2]
    inner = [1 - (_SHARPNESS + 3) * share**2 + (_SHARPNESS + 2) * share**3 for share in (near, far)]
    return np.stack([outer[1], inner[0], inner[1], outer[0]], axis=1)


WEIGHTS = _weights()
_PATCH_WEIGHTS = np.einsum("ya,xb->yxab", WEIGHTS, WEIGHTS).reshape(STRIDE * STRIDE, 16)


def with_margin(maps: Float32) -> Float32:
    """Give maps (..., h, w) with ``MARGIN`` cells more on each side, which repeat the outermost ones."""
    sides = [(0, 0)] * (maps.ndim - 2) + [(MARGIN, MARGIN)] * 2
    return np.pad(maps, sides, mode="edge")


def run_weights(length: int) -> Float64:
    """Give weights (8, length, cells) of a run of fine pixels that begins at each of a patch's 8 pixels.

    The first of the cells is the first of the four neighbours of the run's first pixel.
    """
    cells = (STRIDE - 1 + length - 1) // STRIDE + 4
    runs = np.zeros((STRIDE, length, cells))
    for first in range(STRIDE):
        for step in range(length):
            patch, pixel = divmod(first + step, STRIDE)
            runs[first, step, patch : patch + 4] = WEIGHTS[pixel]
    return runs


def patch_and_pixel(fine: Int64) -> tuple[Int64, Int64]:
    """Give for fine pixels of one axis the row of the first of their four neighbours, margin counted, and the pixel.

    The row belongs to maps with a margin; the pixel is the place 0..7 within the patch.
    """
    since = fine - STRIDE // 2
    patch = since // STRIDE
    return patch - 1 + MARGIN, since - patch * STRIDE


def interpolate(fields: Float32, which: Int64, fine: Int64) -> Float64:
    """Give the values (n, C) of fields (F, h + margins, w + margins, C) at fine pixels (n, 2) of x, y.

    ``which`` (n,) says the field of each point.
    """
    found = np.empty((len(which), fields.shape[-1]))
    columns, across = patch_and_pixel(fine[:, 0])
    rows, down = patch_and_pixel(fine[:, 1])
    cells = fields.reshape(-1, fields.shape[-1])
    around = (np.arange(4)[:, None] * fields.shape[2] + np.arange(4)).ravel()
    first = (which * fields.shape[1] + rows) * fields.shape[2] + columns
    for start in range(0, len(which), _BLOCK):
        block = slice(start, start + _BLOCK)
        weights = _PATCH_WEIGHTS[down[block] * STRIDE + across[block]]
        values = cells[first[block, None] + around]
        found[block] = np.einsum("nc,ncd->nd", weights, values)
    return found
