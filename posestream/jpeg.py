"""Pictures as JPEG and back: planes go in as they are, without a way over RGB.

A JPEG's YCbCr is of full range (JFIF), our i420 planes are of limited range (BT.601): a table stretches the numbers,
so that every program sees the right colours and decoding gives the RGB that the planes mean.
"""

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from posestream.errors import InputError
from posestream.schemas import Image

# BT.601: Y of 16..235 and U, V of 16..240 about 128, stretched to 0..255.
_STEPS = np.arange(256)
_LUMA = np.clip(np.rint((_STEPS - 16) * 255 / 219), 0, 255).astype(np.uint8)
_CHROMA = np.clip(np.rint((_STEPS - 128) * 255 / 224 + 128), 0, 255).astype(np.uint8)
MOST_SIDE = 4096
"""Longest side in pixels that is decoded: more is a mistake or an attack on the memory."""


def encode_jpeg(image: Image, quality: int) -> bytes:
    """Give the picture as a JPEG of 4:2:0; ``quality`` 1 to 100."""
    if image.layout == "rgb24":
        return bytes(simplejpeg.encode_jpeg(image.pixels, quality=quality, colorspace="RGB", colorsubsampling="420"))
    height, width = image.height, image.width
    luma = _stretched(image.pixels[:height], _LUMA)
    chroma = _stretched(image.pixels[height:], _CHROMA).reshape(2, height // 2, width // 2)
    return bytes(simplejpeg.encode_jpeg_yuv_planes(luma, chroma[0], chroma[1], quality=quality))


def decode_jpeg(data: bytes) -> Image:
    """Give the picture of a JPEG as rgb24.

    Raises:
        InputError: if the bytes are no whole JPEG, or one of more than MOST_SIDE pixels a side.
    """
    try:
        height, width, _, _ = simplejpeg.decode_jpeg_header(data)
        if max(height, width) <= MOST_SIDE:
            # Plain upsampling is what the planes themselves get; the fast DCT would cost accuracy and save nothing.
            pixels = simplejpeg.decode_jpeg(data, colorspace="RGB", fastdct=False, fastupsample=True)
            return Image(np.asarray(pixels, np.uint8), "rgb24")
        reason = f"{width}x{height} pixels: at most {MOST_SIDE} a side are read"
    except ValueError as exc:
        reason = f"not a whole JPEG: {exc}"
    raise InputError(reason)


def _stretched(plane: NDArray[np.uint8], table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.LUT(plane, table), np.uint8)
