"""What persons look like: the colours of torso and thighs, to tell two persons apart who have crossed.

Letters in shapes: H, W of the picture; N persons, K keypoints, S samples a region, B bins.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.preprocess import Pixels
from posestream.schemas.checks import Float32
from posestream.skeletons import COCO17, Skeleton
from postprocess.appearance import REGIONS

SURE = 0.3
HUES = 8  # soft bins round the circle, once for dark and once for bright pixels
GREYS = 6  # soft bins from black to white, finer in the dark, for pixels without a colour of their own
BINS = 2 * HUES + GREYS
_COLOURLESS, _COLOURFUL = 20.0, 60.0  # saturation times lightness, of 255: below it is grey, from here on a colour
_TORSO = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
_THIGHS = (("left_hip", "left_knee"), ("right_hip", "right_knee"))
# Shares of the way from side to side and from end to end: well inside, as joints err and clothes end.
_ACROSS, _ALONG = np.linspace(0.15, 0.85, 8, dtype=np.float32), np.linspace(0.1, 0.9, 12, dtype=np.float32)
_THIGH_HALF_WIDTH = np.float32(0.1)  # of its length


def describe(
    picture: Pixels, keypoints: Float32, keypoint_scores: Float32, skeleton: Skeleton = COCO17
) -> NDArray[np.uint8]:
    """Give the colours (N, 2 B) of persons: torso, then thighs, each a histogram that sums to about 255.

    Args:
        picture: (H, W, 3) RGB.
        keypoints: (N, K, 2) px of the picture.
        keypoint_scores: (N, K).
        skeleton: names of the joints.

    Returns:
        Rows of zeros, region by region, where its joints are unsure, outside the picture or not in the skeleton.
    """
    persons = len(keypoints)
    if not persons or not set(_TORSO).union(*_THIGHS) <= set(skeleton.keypoints):
        return np.zeros((persons, REGIONS * BINS), np.uint8)
    torso, torso_sure = _torso(keypoints, keypoint_scores, skeleton)
    thighs, thighs_sure = _thighs(keypoints, keypoint_scores, skeleton)
    places, sure = np.stack([torso, thighs], axis=1), np.stack([torso_sure, thighs_sure], axis=1)
    columns, rows = (np.floor(places[..., axis]) for axis in (0, 1))
    height, width = picture.shape[:2]
    sure &= (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    colours = picture[np.where(sure, rows, 0).astype(np.intp), np.where(sure, columns, 0).astype(np.intp)]
    sums = _histograms(colours.reshape(persons * REGIONS, -1, 3), sure.reshape(persons * REGIONS, -1))
    return sums.reshape(persons, REGIONS * BINS)


def _torso(keypoints: Float32, scores: Float32, skeleton: Skeleton) -> tuple[Float32, NDArray[np.bool_]]:
    """Give places (N, S, 2) in the quad of shoulders and hips and which are sure (N, S)."""
    joints = [skeleton.index(name) for name in _TORSO]
    left_top, right_top, left_low, right_low = (keypoints[:, joint, None, None] for joint in joints)
    across, along = _ACROSS[:, None, None], _ALONG[:, None]
    top, low = left_top + across * (right_top - left_top), left_low + across * (right_low - left_low)
    places = (top + along * (low - top)).reshape(len(keypoints), -1, 2)
    sure = np.asarray((scores[:, joints] >= SURE).all(axis=1))
    return places, np.repeat(sure[:, None], places.shape[1], axis=1)


def _thighs(keypoints: Float32, scores: Float32, skeleton: Skeleton) -> tuple[Float32, NDArray[np.bool_]]:
    """Give places (N, S, 2) in a band along each thigh and which are sure (N, S); one thigh may be enough."""
    ends = np.array([[skeleton.index(name) for name in thigh] for thigh in _THIGHS])
    hips, knees = keypoints[:, ends[:, 0]], keypoints[:, ends[:, 1]]
    way = (knees - hips)[:, :, None, None]
    side = np.stack([-way[..., 1], way[..., 0]], axis=-1)
    lateral = np.linspace(-_THIGH_HALF_WIDTH, _THIGH_HALF_WIDTH, len(_ACROSS) // 2, dtype=np.float32)[:, None, None]
    places = hips[:, :, None, None] + _ALONG[:, None] * way + lateral * side
    sure = (scores[:, ends] >= SURE).all(axis=2)
    each = len(_ACROSS) // 2 * len(_ALONG)
    return places.reshape(len(keypoints), -1, 2), np.repeat(sure, each, axis=1)


def _histograms(colours: Pixels, sure: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Give the histograms (R, B) of RGB colours (R, S, 3), counting the sure ones (R, S)."""
    hsv = cv2.cvtColor(colours, cv2.COLOR_RGB2HSV_FULL).astype(np.float32)
    hue, value = hsv[..., 0] * np.float32(HUES / 256), hsv[..., 2] / np.float32(255)
    lightness = np.sqrt(value)
    # The saturation of dark pixels is mostly noise of the video's compression.
    colourful = np.clip((hsv[..., 1] * lightness - _COLOURLESS) / (_COLOURFUL - _COLOURLESS), 0, 1)
    counted = sure.astype(np.float32)
    # Each pixel is shared among neighbouring bins, so that a shade on a border does not jump.
    bright = np.clip(2 * value - np.float32(0.5), 0, 1)
    low_hue, grey = np.floor(hue).astype(np.intp) % HUES, lightness * (GREYS - 1)
    low_grey = np.minimum(grey.astype(np.intp), GREYS - 2)
    next_hue, to_next_hue, to_next_grey = (low_hue + 1) % HUES, hue - np.floor(hue), grey - low_grey
    coloured, plain = counted * colourful, counted * (1 - colourful)
    parts = [
        (low_hue, coloured * (1 - to_next_hue) * (1 - bright)),
        (next_hue, coloured * to_next_hue * (1 - bright)),
        (low_hue + HUES, coloured * (1 - to_next_hue) * bright),
        (next_hue + HUES, coloured * to_next_hue * bright),
        (low_grey + 2 * HUES, plain * (1 - to_next_grey)),
        (low_grey + 2 * HUES + 1, plain * to_next_grey),
    ]
    regions = len(colours)
    first = np.arange(regions)[:, None] * BINS
    bins = np.concatenate([(first + where).ravel() for where, _ in parts])
    weights = np.concatenate([share.ravel() for _, share in parts])
    sums = np.bincount(bins, weights, regions * BINS).reshape(regions, BINS)
    shares: NDArray[np.float64] = sums / np.maximum(sums.sum(axis=1, keepdims=True), 1e-9)
    return np.rint(255 * shares).astype(np.uint8)
