"""A frame's picture as JPEG."""

import simplejpeg

from posestream.schemas import Image

QUALITY = 80


def encode_jpeg(image: Image) -> bytes:
    """Give the picture as JPEG; i420 planes go in as they are, without a way over RGB."""
    if image.layout == "rgb24":
        return bytes(simplejpeg.encode_jpeg(image.pixels, quality=QUALITY, colorspace="RGB", colorsubsampling="420"))
    height, width = image.height, image.width
    luma = image.pixels[:height]
    chroma = image.pixels[height:].reshape(2, height // 2, width // 2)
    return bytes(simplejpeg.encode_jpeg_yuv_planes(luma, chroma[0], chroma[1], quality=QUALITY))
