import cv2
import numpy as np
import pytest

from posestream.errors import InputError
from posestream.jpeg import MOST_SIDE, decode_jpeg, encode_jpeg
from posestream.schemas import Image


@pytest.mark.parametrize("size", [(2, 2), (48, 64), (360, 640)])
@pytest.mark.parametrize("colour", [(200, 80, 40), (0, 0, 0), (255, 255, 255), (10, 200, 90)])
def test_what_is_seen_is_what_was_there(size: tuple[int, int], colour: tuple[int, int, int]) -> None:
    rgb = np.full((*size, 3), colour, np.uint8)
    planes = cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420)
    for image in (Image(rgb, "rgb24"), Image(planes, "i420")):
        seen = decode_jpeg(encode_jpeg(image, 90))
        assert (seen.layout, seen.height, seen.width) == ("rgb24", *size)
        assert np.abs(seen.pixels.astype(int) - rgb).max() <= 6


def test_a_whole_picture_keeps_its_looks() -> None:
    smooth = np.random.default_rng(3).integers(0, 256, (6, 8, 3), np.uint8)
    rgb = cv2.resize(smooth, (320, 240), interpolation=cv2.INTER_CUBIC)
    planes = cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420)
    meant = cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420)
    seen = decode_jpeg(encode_jpeg(Image(planes, "i420"), 90)).pixels
    assert np.abs(seen.astype(int) - meant).mean() < 2.5


def test_quality_costs_bytes() -> None:
    noise = Image(np.random.default_rng(1).integers(0, 256, (120, 160, 3), np.uint8), "rgb24")
    assert len(encode_jpeg(noise, 50)) < len(encode_jpeg(noise, 95))


def test_what_is_no_jpeg_is_told() -> None:
    whole = encode_jpeg(Image(np.zeros((64, 64, 3), np.uint8), "rgb24"), 80)
    for data in (b"", b"\xff\xd8", b"no picture", whole[: len(whole) // 2]):
        with pytest.raises(InputError, match=r"^not a whole JPEG"):
            decode_jpeg(data)


def test_a_bomb_is_refused_before_memory_is_taken() -> None:
    data = encode_jpeg(Image(np.zeros((2, MOST_SIDE + 2, 3), np.uint8), "rgb24"), 80)
    with pytest.raises(InputError, match=r"^4098x2 pixels: at most 4096 a side are read$"):
        decode_jpeg(data)
