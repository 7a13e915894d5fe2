"""The twins against what the pictures on the CPU are made with."""

import cv2
import numpy as np
import pytest

from inference.gpu import twins
from inference.models.card import InputCard
from inference.preprocess import letterbox, square_crop, to_tensor

CARD = InputCard(layout="nchw", dtype="float32", channels="rgb", size=(96, 128))
PLAIN = twins.Normalisation()


def smooth(height: int, width: int) -> np.ndarray:
    chance = np.random.default_rng(0)
    return cv2.resize(chance.integers(0, 256, (6, 8, 3), np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)


def test_planes_become_the_colours_of_the_cpu_s_road() -> None:
    chance = np.random.default_rng(3)
    planes = chance.integers(0, 256, (36, 32), np.uint8)
    wanted = cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420)
    y, chroma = planes[:24], planes[24:].reshape(2, 12, 16)
    difference = np.abs(twins.planes_to_rgb(y, *chroma) - wanted)
    assert difference.max() <= 1, "a half may be rounded the other way"
    assert (difference > 0).mean() < 0.01


@pytest.mark.parametrize("size", [(72, 128), (36, 64), (144, 300)])
def test_a_letterbox_is_that_of_the_cpu_s_road(size: tuple[int, int]) -> None:
    planes = cv2.cvtColor(smooth(*size), cv2.COLOR_RGB2YUV_I420)
    height, width = size
    picture = cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420)
    scale = min(96 / height, 128 / width)
    inner = round(height * scale), round(width * scale)
    y, flat = planes[:height], planes[height:].ravel()
    u, v = (part.reshape(height // 2, width // 2) for part in np.split(flat, 2))
    got = twins.letterbox_planes(y, u, v, twins.Letterbox(96, 128, 0, 0, *inner), PLAIN)
    wanted = to_tensor(letterbox(picture, (96, 128))[0], CARD)
    assert got.shape == wanted.shape == (1, 3, 96, 128)
    assert np.abs(got - wanted).mean() < 1.0, "levels of 255; the CPU averages areas when it shrinks"


def test_a_crop_is_that_of_the_cpu_s_road() -> None:
    picture = smooth(120, 160)
    box = np.array([-10.0, 20.0, 60.0, 150.0], np.float32)
    crop, placed = square_crop(picture, box, (96, 128), 1.15)
    half = 0.5 * np.array([placed.scale_x, placed.scale_y]) - 0.5
    matrix = np.array(
        [[[placed.scale_x, 0, placed.left + half[0]], [0, placed.scale_y, placed.top + half[1]]]], np.float32
    )
    got = twins.warp_crops(picture, matrix, (96, 128), PLAIN)
    difference = np.abs(got - to_tensor(crop, CARD))
    assert difference.mean() < 0.5
    assert difference.max() < 8.0, "levels of 255; the CPU counts 32 steps from pixel to pixel"


def test_the_first_of_equal_places_counts_and_windows_repeat_the_edge() -> None:
    maps = np.zeros((2, 3, 4), np.float32)
    maps[0, 0, 3] = maps[0, 2, 0] = 1.0
    places, peaks, windows = twins.heatmap_peaks(maps, 3)
    assert places.tolist() == [3, 0]
    assert peaks.tolist() == [1.0, 0.0]
    assert windows[0].tolist() == [[0, 1, 1], [0, 1, 1], [0, 0, 0]]
