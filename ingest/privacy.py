"""Privacy areas of the camera's frame: blackened before anything sees the picture."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.scaling import BLACK_Y, NO_COLOUR
from ingest.settings import Polygon
from posestream.schemas import Image

_SHIFT = 4  # cv2 takes corners in 1/16 pixel


class PrivacyMask:
    """Blackens polygons, one pixel more on every side, so that nothing shines through after scaling."""

    def __init__(self, polygons: tuple[Polygon, ...]) -> None:
        self._polygons = polygons
        self._rasters: dict[tuple[int, int], NDArray[np.bool_]] = {}

    def hide(self, image: Image) -> Image:
        """Give the picture without the areas; the same picture if there are none."""
        if not self._polygons:
            return image
        hidden = self._raster(image.width, image.height)
        pixels = image.pixels.copy()
        if image.layout == "rgb24":
            pixels[hidden] = 0
        else:
            _hide_planes(pixels, hidden)
        return Image(pixels, image.layout)

    def _raster(self, width: int, height: int) -> NDArray[np.bool_]:
        if (width, height) not in self._rasters:
            self._rasters = {(width, height): raster_of(self._polygons, width, height)}
        return self._rasters[width, height]


def raster_of(polygons: tuple[Polygon, ...], width: int, height: int) -> NDArray[np.bool_]:
    """Give the mask (H, W) of all pixels that a polygon touches, and their neighbours."""
    mask = np.zeros((height, width), np.uint8)
    for polygon in polygons:
        # A fraction speaks of pixel edges, cv2 of pixel centres: half a pixel apart.
        corners = np.array(polygon, np.float64) * (width, height) - 0.5
        cv2.fillPoly(mask, [np.round(corners * 2**_SHIFT).astype(np.int32)], 1, shift=_SHIFT)
    return np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8)), np.bool_)


def _hide_planes(pixels: NDArray[np.uint8], hidden: NDArray[np.bool_]) -> None:
    height, width = hidden.shape
    pixels[:height][hidden] = BLACK_Y
    quarter = hidden.reshape(height // 2, 2, width // 2, 2).any(axis=(1, 3))
    chroma = pixels.reshape(-1)[height * width :].reshape(2, height // 2, width // 2)
    chroma[:, quarter] = NO_COLOUR
