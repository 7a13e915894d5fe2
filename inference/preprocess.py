"""Picture -> input tensor, and the way back from input pixels to the camera's frame.

Letters: H, W of the picture; h, w of the network's input. Places are continuous: pixel i covers [i, i + 1), so a
picture spans 0..W and resizing it is one factor per axis, without an offset.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.models.card import Fit, Grid, InputCard
from posestream.schemas import Image
from posestream.schemas.checks import Float32

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Placement:
    """Where the input lies in the picture: picture = input * (scale_x, scale_y) + (left, top), in px."""

    scale_x: float
    scale_y: float
    left: float = 0.0
    top: float = 0.0

    def points_to_picture(self, points: Float32) -> Float32:
        """Move points (..., 2) from input px to picture px."""
        scale = np.array([self.scale_x, self.scale_y], np.float32)
        return points * scale + np.array([self.left, self.top], np.float32)

    def boxes_to_picture(self, boxes: Float32) -> Float32:
        """Move boxes (N, 4) from input px to picture px."""
        return self.points_to_picture(boxes.reshape(-1, 2, 2)).reshape(-1, 4)


def to_rgb(image: Image) -> Pixels:
    """Give the picture as (H, W, 3) RGB; no copy if it is already."""
    if image.layout == "rgb24":
        return image.pixels
    return np.asarray(cv2.cvtColor(image.pixels, cv2.COLOR_YUV2RGB_I420), np.uint8)


def input_size(card: InputCard, height: int, width: int) -> tuple[int, int]:
    """Give the input's (h, w) for a picture: fixed, or the picture's aspect at about the card's area.

    The sides are multiples of ``card.multiple`` (and ``card.plus`` more), each the nearest to the ideal one; few
    distinct sizes come out, so few compiled shapes are kept. A picture that is a mere strip gets a shorter input,
    never a larger one.
    """
    if card.size is not None or card.area is None:
        return card.size or (height, width)
    step = card.multiple
    ideal = (card.area * height / width) ** 0.5, (card.area * width / height) ** 0.5
    rows, columns = (max(step, round(side / step) * step) for side in ideal)
    longest = -(-card.area // (min(rows, columns) * step)) * step
    return min(rows, longest) + card.plus, min(columns, longest) + card.plus


def letterbox(
    picture: Pixels, size: tuple[int, int], fit: Fit = "top-left", pad: int = 0, grid: Grid = "edges"
) -> tuple[Pixels, Placement]:
    """Fit the whole picture into (h, w): top left or in the centre, the rest grey of ``pad``, or stretched to all."""
    (height, width), (rows, columns) = picture.shape[:2], size
    scale = min(rows / height, columns / width)
    inner = max(1, min(columns, round(width * scale))), max(1, min(rows, round(height * scale)))
    if fit == "stretch":
        inner = columns, rows
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    left, top = ((columns - inner[0]) // 2, (rows - inner[1]) // 2) if fit == "centre" else (0, 0)
    canvas = np.full((rows, columns, 3), pad, np.uint8)
    canvas[top : top + inner[1], left : left + inner[0]] = cv2.resize(picture, inner, interpolation=way)
    scale_x, scale_y = width / inner[0], height / inner[1]
    middle = 0.5 if grid == "centres" else 0.0
    return canvas, Placement(scale_x, scale_y, left=(middle - left) * scale_x, top=(middle - top) * scale_y)


def square_crop(
    picture: Pixels, box: Float32, size: tuple[int, int], padding: float, grid: Grid = "edges"
) -> tuple[Pixels, Placement]:
    """Cut what lies about a box (4,), in the shape of the input, resized to (h, w); outside of the picture is black.

    Of the two sides, the one in which the box fills more of the input gets ``padding`` times the box's length; a
    square input gives a square crop. With ``grid`` "udp" the crop's edges are the middles of the first and the last
    pixel (Huang et al. 2020, "The Devil is in the Details": sides count as length - 1).
    """
    rows, columns = size
    longest = max(float(box[2] - box[0]) / columns, float(box[3] - box[1]) / rows, 1 / max(size))
    scale = longest * padding
    left, top = (float(box[0] + box[2]) - scale * columns) / 2, (float(box[1] + box[3]) - scale * rows) / 2
    step_x, step_y, first = scale, scale, scale / 2
    if grid == "udp":
        step_x, step_y, first = scale * columns / max(columns - 1, 1), scale * rows / max(rows - 1, 1), 0.0
    # warpAffine counts from the centres of pixels, half a pixel in.
    inverse = np.array([[step_x, 0, left + first - 0.5], [0, step_y, top + first - 0.5]], np.float64)
    crop = cv2.warpAffine(picture, inverse, (columns, rows), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    zero = 0.0 if grid == "edges" else first
    return np.asarray(crop, np.uint8), Placement(step_x, step_y, left=left + zero, top=top + zero)


def rotated_crop(picture: Pixels, crop_to_picture: Float32, size: tuple[int, int]) -> Pixels:
    """Cut a crop (h, w) whose px (x, y) lie at A (x, y, 1) of the picture (A (2, 3)); outside of it is black."""
    inverse = crop_to_picture.astype(np.float64)
    inverse[:, 2] += inverse[:, :2].sum(axis=1) / 2 - 0.5  # warpAffine counts from the centres of pixels
    crop = cv2.warpAffine(picture, inverse, size[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return np.asarray(crop, np.uint8)


def to_tensor(pixels: Pixels, card: InputCard) -> NDArray[np.float32] | NDArray[np.int32]:
    """Give the input tensor (1, h, w, 3) or (1, 3, h, w) of RGB pixels (h, w, 3)."""
    ordered = pixels[..., ::-1] if card.channels == "bgr" else pixels
    planes = ordered[None] if card.layout == "nhwc" else ordered.transpose(2, 0, 1)[None]
    if card.dtype == "int32":
        return planes.astype(np.int32, order="C")
    tensor = planes.astype(np.float32, order="C")
    spread = (1, 3, 1, 1) if card.layout == "nchw" else (1, 1, 1, 3)
    if card.mean is not None:
        tensor -= np.array(card.mean, np.float32).reshape(spread)
    if card.std is not None:
        tensor *= 1 / np.array(card.std, np.float32).reshape(spread)
    return tensor
