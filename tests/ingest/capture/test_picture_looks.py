"""Which frames are looked at, and what a look sees of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from av.video.frame import VideoFrame

from ingest.capture.picture_looks import LOOK_WIDTH, PictureLooks, small_luma

MakeBench = Callable[..., Any]


def frame(width: int, height: int, pixel_format: str = "yuv420p", grey: int = 100) -> VideoFrame:
    pixels = np.full((height, width, 3), grey, np.uint8)
    pixels[:, : width // 2] = 200
    return VideoFrame.from_ndarray(pixels, "rgb24").reformat(format=pixel_format)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "gray", "nv12"])
def test_a_format_with_a_plane_of_luma_has_figures(bench: MakeBench, pixel_format: str) -> None:
    made = bench()
    PictureLooks(made.board).look(frame(322, 180, pixel_format), 1.0)
    figures = made.board.figures
    assert figures is not None
    assert 90 < figures.brightness < 200
    assert figures.contrast > 20


@pytest.mark.parametrize("pixel_format", ["rgb24", "bgr24", "yuyv422", "yuv420p10le"])
def test_other_formats_have_none(bench: MakeBench, pixel_format: str) -> None:
    made = bench()
    looks = PictureLooks(made.board)
    looks.look(frame(320, 180, pixel_format), 1.0)
    assert made.board.figures is None


@pytest.mark.parametrize(
    "size", [(2, 2), (3, 5), (17, 3), (3, 170), (16, 16), (17, 19), (161, 17), (1, 4000), (4000, 1)]
)
def test_odd_and_tiny_sizes_are_looked_at_or_left_alone(bench: MakeBench, size: tuple[int, int]) -> None:
    made = bench()
    picture = frame(*size)
    luma = small_luma(picture)
    PictureLooks(made.board).look(picture, 1.0)
    assert (luma is None) == (made.board.figures is None)
    assert (luma is None) == (min(size) < 16)


def test_a_look_has_the_shape_of_the_picture_and_no_padding_of_its_lines() -> None:
    luma = small_luma(frame(1283, 722, "gray"))
    assert luma is not None
    assert luma.shape == (90, LOOK_WIDTH)
    assert set(luma[:, :78].ravel().tolist()) == {200}
    assert set(luma[:, 82:].ravel().tolist()) == {100}


def test_about_one_frame_a_second_is_looked_at(bench: MakeBench) -> None:
    made = bench()
    looks = PictureLooks(made.board)
    for number in range(101):  # ten seconds at 10 a second
        looks.look(frame(64, 64), 1000.0 + number / 10)
    assert made.board["looked"] == 11
