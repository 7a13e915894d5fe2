"""From decoded frames to pictures of the wanted size, corrected and scaled on the planes without colour conversion."""

from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, VideoReformatter
from numpy.typing import NDArray

from ingest.correction import Correction, correction_of
from ingest.settings import ReadSettings
from posestream.errors import InputError
from posestream.schemas import Image

MAX_PIXELS = 8192 * 8192
"""Largest picture that is looked at: more is a mistake or an attack on the memory."""

BLACK_Y, NO_COLOUR = 16, 128
"""Black in the planes of an i420 picture."""

_Plane = NDArray[np.uint8]


class _Scaler:
    """What both kinds have; one object per thread."""

    def __init__(self, settings: ReadSettings, max_pixels: int = MAX_PIXELS) -> None:
        self._settings = settings
        self._max_pixels = max_pixels
        self._corrections = _Corrections(settings)
        self._reformatter = VideoReformatter()

    def frame_size(self, frame: VideoFrame) -> tuple[int, int]:
        """Give (width, height) px of the corrected frame at the source's resolution."""
        return self._corrections.of(frame).frame_size


class PlaneScaler(_Scaler):
    """Makes i420 pictures (BT.601, limited range) of one source's frames; one object per thread.

    Follows changes of size in mid-stream, turns pictures upright as their container says, and corrects them as the
    settings say. Pixel formats other than limited-range yuv420p pass through one converter that is kept.
    """

    def image(self, frame: VideoFrame) -> Image:
        """Correct and scale one frame.

        Raises:
            InputError: if the frame is larger than the cap or its pixel format cannot be converted.
        """
        check_size(frame, self._max_pixels)
        correction = self._corrections.of(frame)
        width, height = self._settings.fitted_size(*correction.frame_size)
        flat = np.empty(width * height * 3 // 2, np.uint8)
        at = 0
        planes = _planes(self._limited(frame))
        for plane, share, empty in zip(planes, (1, 2, 2), (BLACK_Y, NO_COLOUR, NO_COLOUR), strict=True):
            target = flat[at : at + width * height // share**2].reshape(height // share, width // share)
            correction.bring(plane, target, share=share, empty=empty)
            at += target.size
        return Image(flat.reshape(height * 3 // 2, width), "i420")

    def _limited(self, frame: VideoFrame) -> VideoFrame:
        if frame.format.name == "yuv420p" and frame.color_range != ColorRange.JPEG:
            return frame
        return _converted(self._reformatter, frame, "yuv420p", ColorRange.MPEG)


class StillScaler(_Scaler):
    """Makes full-colour rgb24 pictures of stills, corrected as PlaneScaler does, and never enlarged."""

    def image(self, frame: VideoFrame) -> Image:
        """Correct and scale one picture.

        Raises:
            InputError: if the picture is larger than the cap or its pixel format cannot be converted.
        """
        check_size(frame, self._max_pixels)
        correction = self._corrections.of(frame)
        converted = _converted(self._reformatter, frame, "rgb24", ColorRange.JPEG)
        rows = _rows(converted.planes[0])
        source = rows[:, : frame.width * 3].reshape(frame.height, frame.width, 3)
        width, height = correction.frame_size
        wanted = self._settings.fitted_size(width, height)
        if wanted[0] < width - 1:  # an odd size is kept
            width, height = wanted
        pixels = np.empty((height, width, 3), np.uint8)
        correction.bring(source, pixels)
        return Image(pixels, "rgb24")


class _Corrections:
    """The correction of the newest frame's size: most sources have one size for ever."""

    def __init__(self, settings: ReadSettings) -> None:
        self._settings = settings
        self._form: tuple[int, int, int] | None = None

    def of(self, frame: VideoFrame) -> Correction:
        form = (frame.width, frame.height, quarter_turns(frame))
        if form != self._form:
            self._form, self._correction = form, correction_of(self._settings, *form)
        return self._correction


def upright_size(frame: VideoFrame) -> tuple[int, int]:
    """Give (width, height) px of the frame as it is meant to be seen."""
    return (frame.height, frame.width) if quarter_turns(frame) % 2 else (frame.width, frame.height)


def quarter_turns(frame: VideoFrame) -> int:
    """Give how often the frame is turned by 90 degrees counter-clockwise to stand upright."""
    return round(frame.rotation / 90) % 4


def check_size(frame: VideoFrame, max_pixels: int = MAX_PIXELS) -> None:
    """Refuse a frame with more than ``max_pixels``; raises InputError."""
    if frame.width * frame.height > max_pixels:
        raise InputError(f"the picture has {frame.width}x{frame.height} pixels: more than {max_pixels} are not read")


def _planes(frame: VideoFrame) -> list[_Plane]:
    """Give views of Y, U and V of a yuv420p frame, an odd last row and column left out."""
    width, height = frame.width - frame.width % 2, frame.height - frame.height % 2
    views = []
    for plane, share in zip(frame.planes, (1, 2, 2), strict=True):
        views.append(_rows(plane)[: max(1, height // share), : max(1, width // share)])
    return views


def _rows(plane: VideoPlane) -> _Plane:
    """Give a view (H, line size in bytes) of a plane's memory."""
    return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)


def _converted(reformatter: VideoReformatter, frame: VideoFrame, pixel_format: str, span: ColorRange) -> VideoFrame:
    wanted: dict[str, Any] = {"format": pixel_format, "dst_color_range": int(span)}
    try:
        return reformatter.reformat(frame, **wanted)
    except (av.FFmpegError, ValueError, OSError):
        pass  # raised below, outside of the handler: the converter's own text says nothing of use
    raise InputError(f"pictures in the pixel format {frame.format.name} cannot be converted")
