from typing import Any, Literal

import numpy as np
import pytest

from posestream.schemas import Image

RGB: Literal["rgb24"] = "rgb24"
I420: Literal["i420"] = "i420"


@pytest.mark.parametrize(
    ("layout", "shape", "size"),
    [(RGB, (1, 1, 3), (1, 1)), (RGB, (36, 64, 3), (64, 36)), (I420, (3, 2), (2, 2)), (I420, (54, 64), (64, 36))],
)
def test_size(layout: Literal["rgb24", "i420"], shape: tuple[int, ...], size: tuple[int, int]) -> None:
    image = Image(np.zeros(shape, np.uint8), layout)
    assert (image.width, image.height) == size
    assert repr(image) == f"Image({layout}, {size[0]}x{size[1]})"
    with pytest.raises(ValueError, match="read-only"):
        image.pixels[...] = 1


@pytest.mark.parametrize(
    ("layout", "pixels", "error"),
    [
        (RGB, np.zeros((0, 0, 3), np.uint8), ValueError),
        (RGB, np.zeros((4, 4), np.uint8), ValueError),
        (RGB, np.zeros((4, 4, 4), np.uint8), ValueError),
        (RGB, np.zeros((4, 4, 3), np.float32), TypeError),
        (I420, np.zeros((0, 2), np.uint8), ValueError),
        (I420, np.zeros((4, 2), np.uint8), ValueError),
        (I420, np.zeros((3, 3), np.uint8), ValueError),
        (I420, np.zeros((3, 2, 1), np.uint8), ValueError),
    ],
)
def test_what_is_no_picture(
    layout: Literal["rgb24", "i420"], pixels: np.ndarray[Any, Any], error: type[Exception]
) -> None:
    with pytest.raises(error, match=r"^Image\.pixels: wanted "):
        Image(pixels, layout)
