"""Pixels as they pass from ingest to inference."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import freeze_arrays


@dataclass(frozen=True, eq=False)
class Image:
    """One picture of ``height`` x ``width`` pixels.

    ``layout`` says what ``pixels`` holds, uint8 both:
    ``rgb24``: (H, W, 3) red, green, blue;
    ``i420``: (H * 3 / 2, W), the Y plane above the quarter-size U and V planes (BT.601, limited range);
    H and W are even then.
    """

    pixels: NDArray[np.uint8]
    layout: Literal["rgb24", "i420"]

    def __post_init__(self) -> None:
        """Check type and shape."""
        if self.layout == "rgb24":
            freeze_arrays(self, {"pixels": (np.uint8, (None, None, 3))})
        else:
            freeze_arrays(self, {"pixels": (np.uint8, (None, None))})
            rows, columns = self.pixels.shape
            if rows % 3 or columns % 2:
                raise ValueError(f"Image.pixels: wanted i420 rows (H * 3 / 2, even W), got {self.pixels.shape}")
        if not self.pixels.size:
            raise ValueError(f"Image.pixels: wanted at least one pixel, got shape {self.pixels.shape}")

    @property
    def height(self) -> int:
        """Height of the picture in pixels."""
        rows = int(self.pixels.shape[0])
        return rows if self.layout == "rgb24" else rows * 2 // 3

    @property
    def width(self) -> int:
        """Width of the picture in pixels."""
        return int(self.pixels.shape[1])

    def __repr__(self) -> str:
        return f"Image({self.layout}, {self.width}x{self.height})"
