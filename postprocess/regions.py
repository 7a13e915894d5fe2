"""Regions of interest: rotated squares of a picture that a network sees upright.

Letters in shapes: N regions, K points. Places are px, x right, y down; angles are radians, clockwise as one looks at
the picture. A crop is a region made upright, ``crop`` px wide and high:
picture = R(rotation) (point / crop - 1/2) side + centre (Bazarevsky et al. 2020).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32, freeze_arrays

MARGIN = 1.25  # side of a region over the diameter of the circle around the body, or over a box's longer side


@dataclass(frozen=True, eq=False)
class Regions:
    """centres (N, 2) px, sides (N,) px, rotations (N,) radians."""

    centres: Float32
    sides: Float32
    rotations: Float32

    def __post_init__(self) -> None:
        """Check that the arrays speak of the same regions."""
        count = len(self.sides)
        freeze_arrays(
            self,
            {
                "centres": (np.float32, (count, 2)),
                "sides": (np.float32, (count,)),
                "rotations": (np.float32, (count,)),
            },
        )

    def __len__(self) -> int:
        return len(self.sides)

    def rows(self, rows: NDArray[np.int64]) -> "Regions":
        """Give these regions, in this order."""
        return Regions(self.centres[rows], self.sides[rows], self.rotations[rows])

    def points_to_picture(self, points: Float32, crop: int) -> Float32:
        """Move points (N, K, 2) from px of each region's crop to px of the picture."""
        upright = (points / crop - 0.5) * self.sides[:, None, None]
        return (upright @ self._turns() + self.centres[:, None]).astype(np.float32)

    def points_to_crop(self, points: Float32, crop: int) -> Float32:
        """Move points (N, K, 2) from px of the picture to px of each region's crop; no side may be 0."""
        upright = (points - self.centres[:, None]) @ self._turns().transpose(0, 2, 1)
        return ((upright / self.sides[:, None, None] + 0.5) * crop).astype(np.float32)

    def world_to_picture(self, world: Float32) -> Float32:
        """Turn world landmarks (N, K, 3) in metres from the axes of each crop to those of the picture."""
        turned: Float32 = world.copy()
        turned[..., :2] = world[..., :2] @ self._turns()
        return turned

    def crop_to_picture(self, crop: int) -> Float32:
        """Give the matrices (N, 2, 3) that do what ``points_to_picture`` does: picture = A (x, y, 1)."""
        linear = self._turns().transpose(0, 2, 1) * (self.sides / crop)[:, None, None]
        shift = self.centres - linear @ np.full(2, crop / 2)
        return np.concatenate([linear, shift[..., None]], axis=2).astype(np.float32)

    def _turns(self) -> Float32:
        """Give matrices (N, 2, 2) to multiply rows of x, y with from the right."""
        cosines, sines = np.cos(self.rotations), np.sin(self.rotations)
        return np.stack([np.stack([cosines, sines], axis=1), np.stack([-sines, cosines], axis=1)], axis=1)


def regions_from_points(centres: Float32, ends: Float32) -> Regions:
    """Give regions around the circles about ``centres`` (N, 2) through ``ends`` (N, 2), which become the crops' top.

    Both in px of the picture. A rotation lies in [-pi, pi): 0 if the end is straight above the centre.
    """
    x, y = (ends - centres).T
    rotations = np.pi / 2 - np.arctan2(-y, x)
    wrapped = (rotations + np.pi) % (2 * np.pi) - np.pi
    return Regions(centres, (2 * MARGIN * np.hypot(x, y)).astype(np.float32), wrapped.astype(np.float32))


def regions_from_boxes(boxes: Float32) -> Regions:
    """Give upright regions about boxes (N, 4) in px that come from another detector."""
    low, high = boxes[:, :2], boxes[:, 2:]
    sides = (high - low).max(axis=1, initial=0.0) * MARGIN
    return Regions(((low + high) / 2).astype(np.float32), sides.astype(np.float32), np.zeros(len(boxes), np.float32))
