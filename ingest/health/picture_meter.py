"""What the picture of a camera looks like, in a few numbers: from one small look about once a second."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.health.scene_memory import SceneMemory
from ingest.health.stillness import Stillness

Luma = NDArray[np.uint8]

# Cameras that code black as 16 and white as 235 are judged as those with the full range.
DARK_LUMA, BRIGHT_LUMA = 40, 230
# Edges are looked at where they are strongest: there sensor noise does not count.
_STRONGEST_PERCENT = 98.0
_FINEST_EDGE = 0.5
_SMALLEST_SIDE = 16


@dataclass(frozen=True)
class PictureFigures:
    """One look at a picture; floats alone, since they go through shared memory.

    brightness: median luma, 0..255. dark_share, bright_share: shares of the pixels, 0..1. contrast: standard
    deviation of the luma. sharpness: see ``sharpness``. change: mean absolute difference from the look before, luma.
    still_seconds: for how long nothing has been seen that was not seen before. likeness: share of the known scene's
    structure that still stands where it stood, 1 = all, 0 = none.
    """

    brightness: float
    dark_share: float
    bright_share: float
    contrast: float
    sharpness: float
    change: float
    still_seconds: float
    likeness: float


class PictureMeter:
    """Measures looks at one camera, each in far less than a millisecond; used by one thread.

    A look of another size than the one before begins anew: another size is another stream.
    """

    def __init__(self) -> None:
        self._last: Luma | None = None
        self._stillness, self._scene = Stillness(), SceneMemory()

    def look(self, luma: Luma, seconds: float) -> PictureFigures:
        """Measure ``luma`` (H, W), about 160 px wide, at ``seconds`` of any clock that does not go back.

        Raises:
            ValueError: if it is no picture of at least 16 x 16 px.
        """
        if luma.ndim != 2 or luma.dtype != np.uint8 or min(luma.shape) < _SMALLEST_SIDE:
            raise ValueError(f"a look is uint8 (H, W) of at least 16 x 16, not {luma.dtype} {luma.shape}")
        last = self._last
        if last is None or last.shape != luma.shape:
            last = luma
            self._stillness, self._scene = Stillness(), SceneMemory()
        self._last = luma.copy()
        levels = np.cumsum(cv2.calcHist([luma], [0], None, [256], [0, 256]).ravel()) / luma.size
        return PictureFigures(
            brightness=float(np.searchsorted(levels, 0.5)),
            dark_share=float(levels[DARK_LUMA - 1]),
            bright_share=float(1.0 - levels[BRIGHT_LUMA - 1]),
            contrast=float(cv2.meanStdDev(luma)[1][0, 0]),
            sharpness=sharpness(luma),
            change=float(cv2.norm(luma, last, cv2.NORM_L1) / luma.size),
            still_seconds=self._stillness.seconds_still(luma, seconds),
            likeness=self._scene.likeness(luma, seconds),
        )


def sharpness(luma: Luma) -> float:
    """Give how strong the finest edges of a picture are beside those four times as coarse.

    Scenes look alike at all scales, so that this is about 1 for any sharp one, whatever its contrast and however much
    there is to see; a blur takes the finest edges first. Blur below a pixel of the look does not show: at 160 px of
    1920 that is one of 6 px and less, which costs poses little.
    """
    fine = luma.astype(np.float32)
    soft, coarse, coarsest = (cv2.GaussianBlur(fine, (0, 0), sigma) for sigma in (0.8, 1.6, 3.2))
    finest_edges, coarse_edges = _strongest(fine - soft), _strongest(coarse - coarsest)
    return finest_edges / max(coarse_edges, _FINEST_EDGE)


def _strongest(band: NDArray[np.float32]) -> float:
    sizes = np.abs(band).ravel()
    place = int(sizes.size * _STRONGEST_PERCENT / 100.0)
    return float(np.partition(sizes, place)[place])
