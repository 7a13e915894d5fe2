"""annotated.mp4: the drawn frames as a video that every player plays."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import av
import av.container
import numpy as np
from numpy.typing import NDArray

from posestream.errors import PosestreamError
from sinks.partial_file import PartialFile, cannot_create, write_failed

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
        self._file: BinaryIO | None = None
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
            self._file = self._place.part.open("wb")
        except OSError as exc:
            raise cannot_create(self._place.path, exc) from exc
        self._container = av.open(self._file, "w", format="mp4")
        self._size = rgb.shape[:2]
        self._stream = self._container.add_stream("libx264", rate=self._rate, options=OPTIONS)
        self._stream.height, self._stream.width = even_size(rgb).shape[:2]
        self._stream.pix_fmt = "yuv420p"

    def _encode(self, frame: av.VideoFrame | None) -> None:
        if self._container is None or self._stream is None:
            return
        with self._failing_as_ours():
            for packet in self._stream.encode(frame):
                self._container.mux(packet)

    def _close(self) -> None:
        if self._container is not None and self._file is not None:
            with self._file, self._failing_as_ours():
                self._container.close()

    @contextmanager
    def _failing_as_ours(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:  # av's errors are of this kind too
            raise write_failed(self._place.path, exc) from exc

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._container is None:
            return
        if kind is not None:
            with suppress(PosestreamError):  # the first error is the one to tell
                self._close()
            return
        self._encode(None)
        self._close()
        self._place.keep()
