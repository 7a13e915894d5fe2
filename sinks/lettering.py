"""Text on a picture, with a backing that keeps it legible."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sinks.palette import Rgb

BOLD = 600


def letter_height(height: int) -> int:
    """Give a letter size in px that suits a picture of this height."""
    return max(11, round(height / 34))


def text_size(text: str, letters: int) -> tuple[int, int]:
    """Give width and height in px that a tag with this text takes."""
    _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _face(), letters, BOLD)
    return int(width) + round(letters * 0.9), round(letters * 1.55)


def draw_tag(
    canvas: NDArray[np.uint8], text: str, corner: tuple[int, int], letters: int, colours: tuple[Rgb, Rgb]
) -> None:
    """Write ``text`` on a filled tag whose upper left corner is ``corner``, moved to lie within the picture.

    ``colours`` are those of tag and letters. Letters outside the font show as boxes, never fail.
    """
    width, height = text_size(text, letters)
    left = int(np.clip(corner[0], 0, max(0, canvas.shape[1] - width)))
    top = int(np.clip(corner[1], 0, max(0, canvas.shape[0] - height)))
    backing, ink = colours
    cv2.rectangle(canvas, (left, top), (left + width - 1, top + height - 1), backing, cv2.FILLED, cv2.LINE_AA)
    base = (left + round(letters * 0.45), top + round(letters * 1.15))
    cv2.putText(canvas, text, base, ink, _face(), letters, BOLD)


def _face() -> Any:  # noqa: ANN401  # cv2 has no types
    return cv2.FontFace("sans")
