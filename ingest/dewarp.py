"""Where the pixels of a view lie in an equidistant fisheye picture.

Lens: r = f * theta, a point theta off the axis lies r px from the middle of the circle. View: x = f * tan(theta), as a
pinhole sees. Both: Kannala and Brandt, A Generic Camera Model and Calibration Method for Conventional, Wide-Angle and
Fish-Eye Lenses, 2006, equations 3 and 1.

Axes of pictures and lenses: x to the right, y down, z ahead. Letters: H, W size of the view.
"""

from math import cos, radians, sin, tan

import numpy as np
from numpy.typing import NDArray

from posestream.config import DewarpConfig

Points = NDArray[np.float64]

LARGEST_SIDE = 8192
"""A view that would be larger has fewer pixels than the lens gives."""

# Right, down and front (pan 0) of the room, seen along the lens's axes.
_ROOM = {
    "ceiling": np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], np.float64),
    "wall": np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float64),
    "table": np.array([[-1, 0, 0], [0, 0, -1], [0, -1, 0]], np.float64),
}


class FisheyeView:
    """One view out of fisheye pictures of ``width`` x ``height`` px."""

    def __init__(self, dewarp: DewarpConfig, width: int, height: int) -> None:
        self._dewarp = dewarp
        self._centre = np.array([dewarp.centre[0] * width, dewarp.centre[1] * height])
        radius = min(width, height) / 2 if dewarp.radius is None else dewarp.radius * width
        self._px_per_radian = radius / radians(dewarp.lens_fov / 2)

    @property
    def size(self) -> tuple[int, int]:
        """Even (width, height) px at which the view has as many pixels as the lens gives in the view's middle."""
        fov, aspect = radians(self._dewarp.fov), self._dewarp.aspect
        across = 2 * tan(fov / 2) if self._dewarp.view == "perspective" else fov
        width = min(self._px_per_radian * across, LARGEST_SIDE, LARGEST_SIDE * aspect)
        return max(2, round(width / 2) * 2), max(2, round(width / aspect / 2) * 2)

    def source_points(self, at: Points) -> Points:
        """Give where points of the view lie in the fisheye picture.

        Args:
            at: (H, W, 2), 0..1 of the view's width and height.

        Returns:
            (H, W, 2) px of the fisheye picture, NaN where the lens sees nothing.
        """
        rays = self._rays(at - 0.5) @ _ROOM[self._dewarp.mount]
        beside = np.hypot(rays[..., 0], rays[..., 1])
        theta = np.arctan2(beside, rays[..., 2])
        # On the axis itself every direction is right.
        share = np.divide(theta, beside, out=np.ones_like(theta), where=beside > 0)
        points: Points = self._centre + rays[..., :2] * (share * self._px_per_radian)[..., None]
        points[theta > radians(self._dewarp.lens_fov / 2)] = np.nan
        return points

    def _rays(self, off: Points) -> Points:
        """Give directions (H, W, 3) in the room (right, down, front) of points off the view's middle."""
        fov, pan, tilt = radians(self._dewarp.fov), radians(self._dewarp.pan), radians(self._dewarp.tilt)
        x, y = off[..., 0], off[..., 1] / self._dewarp.aspect
        if self._dewarp.view == "panorama":
            around, below = pan + x * fov, tilt + y * fov
            level = np.cos(below)
            return np.stack([level * np.sin(around), np.sin(below), level * np.cos(around)], axis=-1)
        scale, roll = 2 * tan(fov / 2), radians(self._dewarp.roll)
        seen = np.stack(
            [(x * cos(roll) + y * sin(roll)) * scale, (y * cos(roll) - x * sin(roll)) * scale, np.ones_like(x)], axis=-1
        )
        turned: Points = seen @ np.array(
            [
                [cos(pan), 0, -sin(pan)],
                [-sin(tilt) * sin(pan), cos(tilt), -sin(tilt) * cos(pan)],
                [cos(tilt) * sin(pan), sin(tilt), cos(tilt) * cos(pan)],
            ]
        )
        return turned
