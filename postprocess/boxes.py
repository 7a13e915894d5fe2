"""Boxes x1, y1, x2, y2 in pixels: overlap, non-maximum suppression, boxes around keypoints.

Letters in shapes: N and M boxes, K keypoints.
"""

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32


def box_areas(boxes: NDArray[np.floating]) -> NDArray[np.floating]:
    """Give the areas (N,) in px² of boxes (N, 4); a box turned inside out has none."""
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    areas: NDArray[np.floating] = sides[:, 0] * sides[:, 1]
    return areas


def iou_matrix(a: NDArray[np.floating], b: NDArray[np.floating]) -> Float32:
    """Give the overlap (N, M) of boxes (N, 4) with boxes (M, 4): intersection over union, in [0, 1].

    Two boxes without area overlap by 0.
    """
    first, second = a.astype(np.float32), b.astype(np.float32)
    common = _shared(first, second, 0)
    common *= _shared(first, second, 1)
    union = box_areas(first)[:, None] + box_areas(second)[None, :] - common
    overlap: Float32 = np.divide(common, union, out=np.zeros_like(common), where=union > 0)
    return overlap


def covered_shares(a: NDArray[np.floating], b: NDArray[np.floating]) -> Float32:
    """Give which share (N, M) of each box (N, 4) lies in each of the boxes (M, 4); 0 for a box without area."""
    first, second = a.astype(np.float32), b.astype(np.float32)
    common = _shared(first, second, 0)
    common *= _shared(first, second, 1)
    areas = box_areas(first)[:, None]
    shares: Float32 = np.divide(common, areas, out=np.zeros_like(common), where=areas > 0)
    return shares


def boxes_of_keypoints(keypoints: Float32, scores: Float32, threshold: float, padding: float) -> Float32:
    """Give boxes (N, 4) around the keypoints (N, K, 2) whose scores (N, K) reach ``threshold``.

    Each side is moved out by ``padding`` times the box's own width or height. A person without any
    sure joint gets the box of all joints, so the answer is always finite. K must be at least 1.
    """
    sure = scores >= threshold
    sure |= ~sure.any(axis=1, keepdims=True)
    low = np.where(sure[..., None], keypoints, np.inf).min(axis=1)
    high = np.where(sure[..., None], keypoints, -np.inf).max(axis=1)
    margin = (high - low) * padding
    return np.concatenate([low - margin, high + margin], axis=1).astype(np.float32)


def suppress(boxes: Float32, scores: Float32, iou_threshold: float) -> NDArray[np.int64]:
    """Give the rows to keep of boxes (N, 4), best score first: greedy non-maximum suppression.

    A box goes when it overlaps a better one by more than ``iou_threshold``. Equal scores keep their order.
    """
    waiting = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while len(waiting):
        best, waiting = waiting[0], waiting[1:]
        kept.append(int(best))
        overlap = iou_matrix(boxes[best][None], boxes[waiting])[0]
        waiting = waiting[overlap <= iou_threshold]
    return np.array(kept, np.int64)


def _shared(a: Float32, b: Float32, axis: int) -> Float32:
    """Give the lengths (N, M) that the boxes share along x (0) or y (1)."""
    length: Float32 = np.minimum(a[:, None, axis + 2], b[None, :, axis + 2])
    length -= np.maximum(a[:, None, axis], b[None, :, axis])
    return np.maximum(length, 0, out=length)
