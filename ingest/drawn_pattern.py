"""Pictures made here, for trying things without a camera: ``test:pattern``, ``test:bars``, ``test:black``."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fractions import Fraction

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from ingest.pattern_request import PatternRequest
from posestream.clock import Clock

# White, yellow, cyan, green, magenta, red, blue at three quarters of full: what monitors are set by.
_BARS = ((191, 191, 191), (191, 191, 0), (0, 191, 191), (0, 191, 0), (191, 0, 191), (191, 0, 0), (0, 0, 191))
_TICKS_A_SECOND = 1_000_000
_SECONDS_A_ROUND = 4.0
_INK = (255, 255, 255)
_BALL = (255, 170, 40)

Pixels = NDArray[np.uint8]


def pattern_frames(
    request: PatternRequest, clock: Clock, pause_until: Callable[[float], bool], started: float | None = None
) -> Iterator[VideoFrame]:
    """Yield the pattern's frames (yuv420p, pts in microseconds from 0) as time passes, for ever.

    A taker that comes late gets the frame of now: those between are left out, and their numbers, too.

    Args:
        request: what to draw.
        clock: for the pace, and for the time of day that is drawn.
        pause_until: waits until a monotonic moment of the clock; what it gives is False once the end is wanted.
        started: the monotonic moment of frame 0; None: now.
    """
    drawing = PatternDrawing(request)
    began = clock.monotonic() if started is None else started
    number = 0
    while pause_until(began + number / request.fps):
        yield drawing.frame(number, clock.wall_ns())
        number = max(number + 1, int((clock.monotonic() - began) * request.fps))


class PatternDrawing:
    """Draws the frames of one pattern; the same number and time give the same picture."""

    def __init__(self, request: PatternRequest) -> None:
        self._request = request
        self._ground = _GROUNDS[request.name](*request.size)

    def frame(self, number: int, wall_ns: int) -> VideoFrame:
        """Give frame ``number`` (0 is the first); ``wall_ns`` (UTC) is the time of day that it shows."""
        pixels = self._ground.copy()
        if self._request.name != "black":
            self._draw_motion(pixels, number)
            self._draw_text(pixels, number, wall_ns)
        frame = VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
        frame.key_frame = True  # type: ignore[misc]  # PyAV's stubs do not know that it can be set
        frame.time_base = Fraction(1, _TICKS_A_SECOND)
        frame.pts = round(number / self._request.fps * _TICKS_A_SECOND)
        return frame

    def _draw_motion(self, pixels: Pixels, number: int) -> None:
        """Draw a ball that goes round a dial once in four seconds."""
        width, height = self._request.size
        angle = 2 * np.pi * (number / self._request.fps / _SECONDS_A_ROUND % 1)
        reach = 0.3 * min(width, height)
        middle = (width // 2, height // 2)
        end = (round(middle[0] + reach * np.sin(angle)), round(middle[1] - reach * np.cos(angle)))
        thick = max(1, height // 120)
        cv2.circle(pixels, middle, round(reach), _INK, thick, cv2.LINE_AA)
        cv2.line(pixels, middle, end, _INK, thick, cv2.LINE_AA)
        cv2.circle(pixels, end, max(2, height // 24), _BALL, -1, cv2.LINE_AA)

    def _draw_text(self, pixels: Pixels, number: int, wall_ns: int) -> None:
        width, height = self._request.size
        moment = datetime.fromtimestamp(wall_ns // 1_000_000 / 1000, UTC)
        scale = min(width / 640, height / 200)
        band = round(34 * scale)
        pixels[height - band :] = 0
        text = f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d} UTC  frame {number}"
        place = (round(10 * scale), height - round(11 * scale))
        cv2.putText(
            pixels, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.7 * scale, _INK, max(1, round(1.5 * scale)), cv2.LINE_AA
        )


def _gradient(width: int, height: int) -> Pixels:
    """Blue above, brown below, with a grid: edges for whatever judges sharpness."""
    down = np.linspace(0.0, 1.0, height)[:, None, None]
    colours = (1 - down) * (60, 90, 140) + down * (110, 90, 70)
    pixels = np.broadcast_to(colours, (height, width, 3)).astype(np.uint8)
    step = max(8, height // 9)
    pixels[::step] += 25
    pixels[:, ::step] += 25
    return pixels


def _bars(width: int, height: int) -> Pixels:
    pixels = np.zeros((height, width, 3), np.uint8)
    for number, colour in enumerate(_BARS):
        pixels[:, width * number // len(_BARS) : width * (number + 1) // len(_BARS)] = colour
    return pixels


def _black(width: int, height: int) -> Pixels:
    return np.zeros((height, width, 3), np.uint8)


_GROUNDS: dict[str, Callable[[int, int], Pixels]] = {"pattern": _gradient, "bars": _bars, "black": _black}
