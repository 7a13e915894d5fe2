"""Places on the ground: where a person stands, whether a place is in a zone, how far apart places are.

Letters in shapes: N and M points, P corners. All in pixels of the camera's frame, x right, y down.
"""

import numpy as np
from numpy.typing import NDArray

from posestream.schemas import Tracks

Points = NDArray[np.floating]

SURE_ANKLE = 0.3
_ANKLES = ("left_ankle", "right_ankle")
# A corner given as a share of the frame is rounded when it becomes pixels; the border has to survive that.
_BORDER = 1e-6


def foot_points(tracks: Tracks) -> NDArray[np.float64]:
    """Give where each track stands, (N, 2) px: x of the mid of the ankles, y of the box's bottom.

    x is that of the box's middle where an ankle is not sure or the skeleton has none.
    The point is moved into the frame, so a person cut off by its lower edge still stands in it.
    """
    boxes = tracks.boxes.astype(np.float64)
    feet = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)
    skeleton = tracks.poses.skeleton
    if all(name in skeleton.keypoints for name in _ANKLES):
        ankles = [skeleton.index(name) for name in _ANKLES]
        sure = (tracks.keypoint_scores[:, ankles] >= SURE_ANKLE).all(axis=1)
        feet[sure, 0] = tracks.keypoints[sure][:, ankles, 0].mean(axis=1)
    stamp = tracks.poses.stamp
    return np.clip(feet, 0.0, (stamp.width, stamp.height))


def in_polygon(points: Points, polygon: Points) -> NDArray[np.bool_]:
    """Tell for each point (N, 2) whether it lies in the polygon (P, 2), border included; even-odd rule."""
    start = polygon.astype(np.float64)
    end = np.roll(start, -1, axis=0)
    x, y = points[:, 0, None], points[:, 1, None]
    spans = (start[:, 1] > y) != (end[:, 1] > y)
    rise = np.where(spans, end[:, 1] - start[:, 1], 1.0)
    crossing = start[:, 0] + (y - start[:, 1]) * (end[:, 0] - start[:, 0]) / rise
    odd = (spans & (x < crossing)).sum(axis=1) % 2 == 1
    border = _BORDER * max(float(np.ptp(start, axis=0).max()), 1e-9)
    inside: NDArray[np.bool_] = odd | (_segment_distances(points, start, end) <= border).any(axis=1)
    return inside


def distances(a: Points, b: Points) -> NDArray[np.float64]:
    """Give the distances (N, M) in px between points (N, 2) and points (M, 2)."""
    apart: NDArray[np.float64] = np.hypot(
        a[:, None, 0].astype(np.float64) - b[None, :, 0], a[:, None, 1].astype(np.float64) - b[None, :, 1]
    )
    return apart


def _segment_distances(points: Points, start: Points, end: Points) -> NDArray[np.float64]:
    """Give the distances (N, P) of points from the segments start -> end, both (P, 2)."""
    along = end - start
    lengths = np.maximum((along**2).sum(axis=1), 1e-18)
    offset = points[:, None] - start
    share = np.clip((offset * along).sum(axis=2) / lengths, 0.0, 1.0)
    apart = offset - share[..., None] * along
    lengths_apart: NDArray[np.float64] = np.hypot(apart[..., 0], apart[..., 1])
    return lengths_apart
