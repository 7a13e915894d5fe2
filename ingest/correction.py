"""From the source's frame to the camera's: turned, dewarped and cut, plane by plane, straight to the wanted size.

Order: as the container says, ``rotate``, ``dewarp``, ``crop``; each speaks of the picture that the one before gives.
Letters: H, W rows and columns of an array, N as many numbers as a pixel has (a plane has no such axis).
"""

from math import ceil, cos, radians, sin
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.dewarp import FisheyeView, Points
from ingest.settings import ReadSettings, Rectangle

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, right and bottom edge in pixels."""

_NOWHERE = -16.0


class Correction(Protocol):
    """What is done to every frame of one size."""

    frame_size: tuple[int, int]
    """(width, height) px of the corrected frame at the source's resolution."""

    def bring(self, source: Pixels, target: Pixels, *, share: int = 1, empty: int = 0) -> None:
        """Fill ``target`` (H, W) or (H, W, N) with the corrected picture, scaled to that size.

        ``source`` is the whole frame or one plane of it, with 1 / ``share`` of its rows and columns. ``empty`` is the
        value of what the source does not show.
        """
        ...


def correction_of(settings: ReadSettings, width: int, height: int, turns: int) -> Correction:
    """Give the correction of frames that are stored with this size.

    ``turns`` is how often the container wants them turned by 90 degrees counter-clockwise.
    """
    clockwise = settings.rotate - 90 * turns
    if settings.dewarp is None and clockwise % 90 == 0:
        return _Slices(width, height, int(-clockwise // 90) % 4, settings.crop)
    return _Maps(settings, width, height, clockwise)


def even_box(crop: Rectangle | None, width: int, height: int) -> Box:
    """Give the pixels that a crop keeps: at least 2 x 2, inner edges even, so that colours stay with their pixels."""
    left, top, right, bottom = (0.0, 0.0, 1.0, 1.0) if crop is None else crop
    first_x, last_x = _even_span(left, right, width)
    first_y, last_y = _even_span(top, bottom, height)
    return first_x, first_y, last_x, last_y


def _even_span(begin: float, end: float, pixels: int) -> tuple[int, int]:
    last = pixels if end >= 1 else min(pixels, max(2, round(end * pixels / 2) * 2))
    first = min(round(begin * pixels / 2) * 2, last - 2)
    return max(0, first - first % 2), last


class _Slices:
    """Quarter turns and a crop: nothing but the scaling touches a pixel's value."""

    def __init__(self, width: int, height: int, turns: int, crop: Rectangle | None) -> None:
        self._turns = turns
        upright = (height, width) if turns % 2 else (width, height)
        self._box = even_box(crop, *upright)
        self._whole = self._box == (0, 0, *upright)
        left, top, right, bottom = self._box
        self.frame_size = (right - left, bottom - top)

    def bring(self, source: Pixels, target: Pixels, *, share: int = 1, empty: int = 0) -> None:  # noqa: ARG002  # nothing is empty
        kept = source if self._whole else self._cut(source, share)
        rows, columns = target.shape[1::-1] if self._turns % 2 else target.shape[:2]
        if self._turns:
            target[:] = np.rot90(scaled(kept, columns, rows), self._turns)
        elif kept.shape == target.shape:
            target[:] = kept
        else:
            kept, how = _prepared(kept, columns, rows)
            cv2.resize(kept, (columns, rows), dst=target, interpolation=how)

    def _cut(self, source: Pixels, share: int) -> Pixels:
        """Give a view of what is kept: turned upright, cut, and turned back, so that no pixel is copied."""
        upright = np.rot90(source, self._turns)
        left, top, right, bottom = (edge // share for edge in self._box)
        return np.rot90(upright[top : max(bottom, top + 1), left : max(right, left + 1)], -self._turns)


class _Maps:
    """Any turn, a view out of a fisheye picture, and a crop: each pixel is looked up at its place in the source."""

    def __init__(self, settings: ReadSettings, width: int, height: int, clockwise: float) -> None:
        self._stored = np.array([width, height], np.float64)
        self._cos, self._sin = _exact(cos(radians(clockwise))), _exact(sin(radians(clockwise)))
        turned = np.abs([[self._cos, self._sin], [self._sin, self._cos]]) @ self._stored
        # Turned by an angle the picture lies within a larger one, whose corners are empty.
        self._turned = np.array([max(1, ceil(side - 1e-6)) for side in turned])
        self._view = settings.dewarp and FisheyeView(settings.dewarp, *self._turned.tolist())
        whole = self._view.size if self._view else (int(self._turned[0]), int(self._turned[1]))
        left, top, right, bottom = even_box(settings.crop, *whole)
        self._crop = np.array([[left, top], [right - left, bottom - top]], np.float64) / whole
        self.frame_size = (right - left, bottom - top)
        self._maps: dict[tuple[int, ...], tuple[NDArray[np.int16], NDArray[np.uint16]]] = {}

    def bring(self, source: Pixels, target: Pixels, *, share: int = 1, empty: int = 0) -> None:
        shrink = max(1, self.frame_size[0] // (target.shape[1] * share))
        if shrink > 1:  # looking up single pixels would miss those between them
            source = scaled(source, max(1, source.shape[1] // shrink), max(1, source.shape[0] // shrink))
        key = (*target.shape[:2], *source.shape[:2])
        if key not in self._maps:
            self._maps[key] = self._map(*key)
        cv2.remap(
            source,
            *self._maps[key],
            interpolation=cv2.INTER_LINEAR,
            dst=target,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(empty, empty, empty),
        )

    def _map(self, rows: int, columns: int, *source: int) -> tuple[NDArray[np.int16], NDArray[np.uint16]]:
        """Give cv2's form of where each pixel of a picture lies in a source of (H, W) = ``source``."""
        x, y = np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows)
        shares = self._stored_shares(np.stack([x, y], axis=-1))
        inside = ((shares >= 0) & (shares <= 1)).all(axis=-1)  # no comparison holds for NaN
        last = np.array(source[::-1]) - 1
        # A fraction speaks of pixel edges, cv2 of pixel centres: half a pixel apart.
        points = np.clip(np.nan_to_num(shares) * (last + 1) - 0.5, 0, last)
        points[~inside] = _NOWHERE
        across, down = (np.ascontiguousarray(points[..., axis], np.float32) for axis in (0, 1))
        first, second = cv2.convertMaps(across, down, cv2.CV_16SC2)
        return np.asarray(first, np.int16), np.asarray(second, np.uint16)

    def _stored_shares(self, at: Points) -> Points:
        """Follow points (H, W, 2), 0..1 of the camera's frame, back to 0..1 of the frame as it is stored."""
        whole = self._crop[0] + at * self._crop[1]
        off = (self._view.source_points(whole) if self._view else whole * self._turned) - self._turned / 2
        back = off @ np.array([[self._cos, -self._sin], [self._sin, self._cos]])
        shares: Points = back / self._stored + 0.5
        return shares


def scaled(pixels: Pixels, columns: int, rows: int) -> Pixels:
    """Give the picture at another size."""
    pixels, how = _prepared(pixels, columns, rows)
    return np.asarray(cv2.resize(pixels, (columns, rows), interpolation=how), np.uint8)


def _prepared(pixels: Pixels, columns: int, rows: int) -> tuple[Pixels, int]:
    """Halve a picture while it is more than twice as large; give how it is brought to its size then.

    Means of 2 x 2 pixels are a quarter of the work of other means, and what is left is too little to miss pixels.
    """
    halved = False
    while pixels.shape[1] > 2 * columns and pixels.shape[0] > 2 * rows and not (pixels.shape[0] | pixels.shape[1]) % 2:
        size = (pixels.shape[1] // 2, pixels.shape[0] // 2)
        pixels, halved = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8), True
    shrinks = columns < pixels.shape[1] or rows < pixels.shape[0]
    return pixels, int(cv2.INTER_AREA if shrinks and not halved else cv2.INTER_LINEAR)


def _exact(value: float) -> float:
    """Give a sine or cosine of quarter turns without the last digit's error."""
    return round(value) if abs(value - round(value)) < 1e-12 else value
