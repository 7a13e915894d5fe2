import cv2
import numpy as np
import pytest
import simplejpeg

from posestream.schemas import Image
from sinks.serve.picture import encode_jpeg


@pytest.mark.parametrize("size", [(2, 2), (48, 64), (360, 640)])
def test_what_is_seen_is_what_was_there(size: tuple[int, int]) -> None:
    rgb = np.full((*size, 3), (200, 80, 40), np.uint8)
    planes = cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420)
    for image in (Image(rgb, "rgb24"), Image(planes, "i420")):
        seen = simplejpeg.decode_jpeg(encode_jpeg(image))
        assert seen.shape == rgb.shape
        # JPEG's planes are full range, video's are not: what goes in as it is comes out a little paler.
        assert np.abs(seen.astype(int) - rgb).max() < 40
