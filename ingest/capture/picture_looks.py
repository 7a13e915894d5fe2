"""A look a second at a camera's picture, for its health: on the board, whatever is handed on of it."""

import cv2
import numpy as np
from av.video.frame import VideoFrame

from ingest.capture.board import Board
from ingest.health.picture_meter import PictureMeter

LOOK_WIDTH = 160
_EVERY_SECONDS = 0.95
_SMALLEST = 16
_PLANAR = ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "gray", "nv12")


class PictureLooks:
    """Measures the luma of a frame about once a second; used by the reader's thread."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._meter = PictureMeter()
        self._due = 0.0

    def look(self, frame: VideoFrame, now: float) -> None:
        """Look at this frame if a look is due; ``now`` is monotonic."""
        if now < self._due:
            return
        self._due = now + _EVERY_SECONDS
        luma = small_luma(frame)
        if luma is not None:
            self._board.show_figures(self._meter.look(luma, now))


def small_luma(frame: VideoFrame) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]] | None:
    """Give the luma (H, W) uint8 of a frame at ``LOOK_WIDTH`` px; None where its format has no plane of luma."""
    if frame.format.name not in _PLANAR:
        return None
    plane = frame.planes[0]
    luma = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]
    width = min(LOOK_WIDTH, frame.width)
    height = max(1, round(frame.height * width / frame.width))
    if min(width, height) < _SMALLEST:
        return None
    return np.asarray(cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
