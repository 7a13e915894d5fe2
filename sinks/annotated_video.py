"""annotated.mp4: the drawn frames as a video that every player plays."""

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.container
import av.error
import numpy as np
from numpy.typing import NDArray

from posestream.errors import PosestreamError
from sinks.partial_file import PartialFile, cannot_create

OPTIONS = {"crf": "23", "preset": "veryfast"}


def even_size(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Repeat the last row or column where the height or width is odd: yuv420p wants even ones."""
    height, width = rgb.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return rgb
    return np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


class AnnotatedVideo:
    """Writes H.264 (yuv420p) in mp4 from RGB pictures of one size; a context manager.

    Guarantee: frames keep their order and come ``frame_rate`` a second; the file has its name once the block
    ends well. Without a single frame no file is made.

    Raises:
        UsageError: from ``write``, if the folder cannot be written.
        PosestreamError: if encoding or writing fails.
    """

    def __init__(self, path: Path, frame_rate: float) -> None:
        if not frame_rate > 0:
            raise ValueError(f"AnnotatedVideo: wanted frame_rate > 0, got {frame_rate}")
        self._place = PartialFile(path)
        self._rate = Fraction(frame_rate).limit_denominator(1001)
        self._container: av.container.OutputContainer | None = None
        self._stream: av.VideoStream | None = None
        self._size = (0, 0)

    def write(self, rgb: NDArray[np.uint8]) -> None:
        """Append a picture (H, W, 3) red, green, blue; all have the first one's size."""
        if self._stream is None:
            self._open(rgb)
        if rgb.shape[:2] != self._size:
            raise ValueError(f"AnnotatedVideo: wanted pictures of (H, W) {self._size}, got {rgb.shape[:2]}")
        self._encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(even_size(rgb)), format="rgb24"))

    def _open(self, rgb: NDArray[np.uint8]) -> None:
        try:
            self._container = av.open(str(self._place.part), "w", format="mp4")
        except OSError as exc:
            raise cannot_create(self._place.path, exc) from exc
        self._size = rgb.shape[:2]
        self._stream = self._container.add_stream("libx264", rate=self._rate, options=OPTIONS)
        self._stream.height, self._stream.width = even_size(rgb).shape[:2]
        self._stream.pix_fmt = "yuv420p"

    def _encode(self, frame: av.VideoFrame | None) -> None:
        if self._container is None or self._stream is None:
            return
        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except (OSError, av.error.FFmpegError) as exc:
            raise PosestreamError(f"{self._place.path}: writing the video failed: {exc.strerror}") from exc

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._container is None:
            return
        if kind is None:
            self._encode(None)
        self._container.close()
        if kind is None:
            self._place.keep()
