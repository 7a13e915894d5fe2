"""What the picture of a camera looks like, in a few numbers: from one small look a second."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PictureFigures:
    """One look at a picture; floats alone, since they go through shared memory.

    brightness: median luma, 0..255. dark_share, bright_share: shares of the pixels, 0..1. contrast: standard
    deviation of the luma. sharpness: fine detail in proportion to contrast, 0 = none. change: mean absolute
    difference from the look before, luma. still_seconds: since when no pixel has changed. likeness: of the scene
    to the one that is known, 1 = the same, 0 = another one.
    """

    brightness: float
    dark_share: float
    bright_share: float
    contrast: float
    sharpness: float
    change: float
    still_seconds: float
    likeness: float
