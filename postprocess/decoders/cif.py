"""CIF, the composite intensity fields of OpenPifPaf: where each cell sees its joint, how surely and how large.

Source of the formulas: Kreiss et al., PifPaf (CVPR 2019) and OpenPifPaf (T-ITS 2021), and their published settings.
Cells vote: each adds a small bell to a map with one value per pixel, and where the sixteen cells around a joint agree,
the map reaches 1. Letters in shapes: K joints, H and W px of the input, h and w cells, n cells that are sure enough.
Cell (row, column) stands at (column * stride, row * stride); all coordinates given back are px of the input.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32

CELLS_PER_JOINT = 16
"""A network lets 4 x 4 cells see one joint."""
_VOTE = 0.3  # a cell below this confidence has no vote
_SEED = 0.2
_MAP_SHARE = 0.9  # of a seed's score: the rest is the cell's own confidence
_LEAST_SIGMA = 1.0  # px
_LEAST_SCALE = 0.5  # cells: no network sees finer
_LARGEST_SHARE = 0.25  # of the picture's longer side; a joint of somebody who fills the picture has .1
_FARTHEST = 1e4  # cells: no picture has so many to a side, and wild numbers must not overflow
_PIXELS_AT_ONCE = 1 << 20  # bounds the memory that adding takes

Indices = NDArray[np.intp]


class JointCells(NamedTuple):
    """What n cells say: ``joints`` (n,), ``confidences`` in [0, 1], ``x``, ``y`` and ``scales`` in px."""

    joints: Indices
    confidences: Float32
    x: Float32
    y: Float32
    scales: Float32


class ConfidenceMap:
    """How sure the picture is of each joint at each pixel: the sum of what the cells around say, at most 1."""

    def __init__(self, cells: JointCells, shape: tuple[int, int, int]) -> None:
        """Add up the votes of these cells; ``shape`` is (K, H, W)."""
        self.shape = shape
        # Only the pixels near cells are ever touched: pages of zeros cost nothing until then.
        self._sums = np.zeros(shape[0] * shape[1] * shape[2], np.float32)
        voters = _chosen(cells, cells.confidences >= _VOTE)
        pixels = np.cumsum(4 * np.square(voters.scales, dtype=np.float64))
        for batch in np.split(np.arange(len(pixels)), np.flatnonzero(np.diff(pixels // _PIXELS_AT_ONCE)) + 1):
            self._add(_chosen(voters, batch))

    def at(self, joints: Indices, x: Float32, y: Float32) -> Float32:
        """Give the map's values (n,) for ``joints`` at the nearest pixels; 0 outside the picture."""
        pixels, inside = self._nearest(joints, x, y)
        return np.minimum(self._sums[pixels], 1.0) * inside

    def _nearest(self, joints: Indices, x: Float32, y: Float32) -> tuple[Indices, NDArray[np.bool_]]:
        """Give the flat indices (n,) of the nearest pixels, and whether the picture has them."""
        _, height, width = self.shape
        columns, rows = np.floor(x + 0.5).astype(np.intp), np.floor(y + 0.5).astype(np.intp)
        inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        return np.where(inside, (joints * height + rows) * width + columns, 0), inside

    def _add(self, cells: JointCells) -> None:
        """Add to each pixel of a disc of one sigma: confidence / 16 * exp(-d² / 2 sigma²), sigma = scale / 2.

        exp(v) is taken as (1 + v / 8)^8, as published. A cell's nearest pixel gets the bell's full height.
        """
        sigmas = np.maximum(cells.scales / 2, _LEAST_SIGMA)
        votes = cells.confidences / np.float32(CELLS_PER_JOINT)
        bends = (1 / 16 / np.square(sigmas)).astype(np.float32)
        self._add_discs(cells, sigmas, votes, bends)
        pixels, inside = self._nearest(cells.joints, cells.x, cells.y)
        to_x, to_y = np.floor(cells.x + 0.5) - cells.x, np.floor(cells.y + 0.5) - cells.y
        missing = votes - votes * (1 - (to_x * to_x + to_y * to_y) * bends) ** 8
        np.add.at(self._sums, pixels[inside], missing[inside])

    def _add_discs(self, cells: JointCells, sigmas: Float32, votes: Float32, bends: Float32) -> None:
        """Add the bells row by row: each row of a disc is a run of pixels, so none is looked at in vain."""
        _, height, width = self.shape
        top = np.maximum(np.ceil(cells.y - sigmas), 0).astype(np.intp)
        bottom = np.minimum(np.floor(cells.y + sigmas), height - 1).astype(np.intp)
        owners, rows = _runs(top, bottom)
        to_row = (rows - cells.y[owners]).astype(np.float32)
        sigma, x, bend = sigmas[owners], cells.x[owners], bends[owners]
        half = np.sqrt(np.maximum(sigma * sigma - to_row * to_row, 0))
        left = np.maximum(np.ceil(x - half), 0).astype(np.intp)
        right = np.minimum(np.floor(x + half), width - 1).astype(np.intp)
        run, columns = _runs(left, right)
        to_column = columns - x[run]
        heights = (1 - to_row * to_row * bend)[run] - to_column * to_column * bend[run]
        for _ in range(3):
            heights *= heights
        heights *= votes[owners][run]
        starts = (cells.joints[owners] * height + rows) * width
        np.add.at(self._sums, starts[run] + columns, heights.astype(np.float32))


def joint_cells(cif: Float32, stride: int) -> JointCells:
    """Give the cells of a field [K, 5, h, w] that may be a seed, in the order of joints, rows and columns.

    The field's five numbers: one that is not used, the confidence, x and y in cells with the cell's own place in
    them, the joint's scale in cells.
    """
    joints, rows, columns = np.nonzero(cif[:, 1] >= _SEED)
    _, confidences, x, y, scales = cif[joints, :, rows, columns].T
    return JointCells(
        joints=joints,
        confidences=np.clip(confidences, 0, 1),
        x=places_px(x, stride),
        y=places_px(y, stride),
        scales=scales_px(scales, stride, cif.shape),
    )


def places_px(places: Float32, stride: int) -> Float32:
    """Give coordinates [...] in px of those in cells; what is far outside any picture is brought nearer."""
    return np.clip(places, -_FARTHEST, _FARTHEST) * np.float32(stride)


def scales_px(scales: Float32, stride: int, shape: tuple[int, ...]) -> Float32:
    """Give scales [...] in px of those in cells: from half a cell to a quarter of the field [..., h, w]."""
    return np.clip(scales, _LEAST_SCALE, _LARGEST_SHARE * max(shape[-2:])) * np.float32(stride)


def seeds(cells: JointCells, votes: ConfidenceMap) -> JointCells:
    """Give the cells that a person may start from, surest first, their confidences weighed with the map's."""
    weighed = np.float32(_MAP_SHARE) * votes.at(cells.joints, cells.x, cells.y)
    weighed += np.float32(1 - _MAP_SHARE) * cells.confidences
    order = np.argsort(-weighed, kind="stable")
    order = order[weighed[order] >= _SEED]
    return _chosen(cells._replace(confidences=weighed), order)


def _chosen(cells: JointCells, choice: NDArray[np.bool_] | Indices | slice) -> JointCells:
    joints, confidences, x, y, scales = cells
    return JointCells(joints[choice], confidences[choice], x[choice], y[choice], scales[choice])


def _runs(first: Indices, last: Indices) -> tuple[Indices, Indices]:
    """Give all whole numbers first[i] .. last[i], one run after the other, and for each number its i."""
    lengths = np.maximum(last - first + 1, 0)
    owners = np.repeat(np.arange(len(first)), lengths)
    shifts = first - (np.cumsum(lengths) - lengths)
    return owners, np.arange(len(owners)) + shifts[owners]
