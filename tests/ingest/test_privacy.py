import cv2
import numpy as np
import pytest

from ingest.privacy import PrivacyMask, raster_of
from posestream.schemas import Image

QUARTER = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5))
TRIANGLE = ((0.2, 0.3), (0.8, 0.35), (0.4, 0.9))


def white(layout: str, width: int = 64, height: int = 48) -> Image:
    if layout == "rgb24":
        return Image(np.full((height, width, 3), 255, np.uint8), "rgb24")
    pixels = np.full((height * 3 // 2, width), 200, np.uint8)
    return Image(pixels, "i420")


def as_rgb(image: Image) -> np.ndarray:
    return image.pixels if image.layout == "rgb24" else cv2.cvtColor(image.pixels, cv2.COLOR_YUV2RGB_I420)


def test_without_areas_the_picture_is_the_same_object() -> None:
    image = white("i420")
    assert PrivacyMask(()).hide(image) is image


@pytest.mark.parametrize("layout", ["rgb24", "i420"])
def test_the_area_is_black_and_the_rest_untouched(layout: str) -> None:
    image = white(layout)
    hidden = PrivacyMask((QUARTER,)).hide(image)
    rgb = as_rgb(hidden)
    assert rgb[:24, :32].max() == 0
    assert np.array_equal(rgb[27:], as_rgb(image)[27:])
    assert np.array_equal(rgb[:, 35:], as_rgb(image)[:, 35:])
    assert image.pixels.min() == (255 if layout == "rgb24" else 200)


def test_every_pixel_that_the_polygon_touches_is_covered() -> None:
    width, height, fine = 60, 44, 8
    corners = np.round(np.array(TRIANGLE) * (width * fine, height * fine)).astype(np.int32)
    exact = cv2.fillPoly(np.zeros((height * fine, width * fine), np.uint8), [corners], 1)
    touched = exact.reshape(height, fine, width, fine).max(axis=(1, 3)).astype(bool)
    raster = raster_of((TRIANGLE,), width, height)
    assert raster[touched].all()
    assert raster.sum() < touched.sum() * 1.3


def test_the_mask_follows_a_change_of_size() -> None:
    mask = PrivacyMask((QUARTER,))
    for width, height in ((64, 48), (32, 24), (64, 48)):
        pixels = mask.hide(white("rgb24", width, height)).pixels
        assert pixels[: height // 2, : width // 2].max() == 0
        assert pixels[-1, -1, 0] == 255
