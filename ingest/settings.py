"""How a source is read: how it is turned, dewarped and cut, at what size, how often, and what stays hidden."""

from dataclasses import dataclass
from typing import Literal

from posestream.config import CameraConfig, DewarpConfig
from posestream.errors import UsageError

Polygon = tuple[tuple[float, float], ...]
"""Corners (x, y) as fractions of the frame's width and height."""

Rectangle = tuple[float, float, float, float]
"""Left, top, right and bottom as fractions of the picture's width and height."""


@dataclass(frozen=True)
class ReadSettings:
    """What is made of the frames of one source.

    ``width`` px is the wanted width (None: the source's own), ``max_width`` px a cap on it; a picture is never
    enlarged. ``fps`` is how many frames a second are taken (None: every one). ``rotate`` degrees clockwise, then
    ``dewarp``, then ``crop`` (left, top, right, bottom as fractions of what is there by then) make the camera's frame;
    ``privacy`` areas of it are blackened. ``isolation``: a live source is read in a child process, which may use
    ``memory_limit_mb``, or in a thread. ``motion_gate``: a camera's pictures are passed over while nothing moves and
    nobody is there.
    """

    camera_id: str
    width: int | None = None
    max_width: int | None = None
    fps: float | None = None
    privacy: tuple[Polygon, ...] = ()
    rotate: float = 0.0
    dewarp: DewarpConfig | None = None
    crop: Rectangle | None = None
    isolation: Literal["process", "thread"] = "thread"
    memory_limit_mb: int = 512
    motion_gate: bool = False

    def __post_init__(self) -> None:
        """Refuse sizes and rates that make no sense."""
        for name, pixels in (("width", self.width), ("max_width", self.max_width)):
            if pixels is not None and pixels < 2:
                raise UsageError(f"{name}: wanted at least 2 pixels, got {pixels}")
        if self.fps is not None and not self.fps > 0:
            raise UsageError(f"fps: wanted more than 0 frames a second, got {self.fps}")

    def fitted_size(self, width: int, height: int) -> tuple[int, int]:
        """Give the even (width, height) px to which a picture of this size is brought, its shape kept."""
        limits = [pixels for pixels in (self.width, self.max_width) if pixels is not None]
        wanted = min([width, *limits])
        return _even(wanted), _even(round(height * wanted / width))


def settings_of(camera: CameraConfig) -> ReadSettings:
    """Give how a camera is read as its config says; every reader of a configured camera begins with these."""
    return ReadSettings(
        camera_id=camera.id,
        width=camera.width,
        fps=camera.fps,
        privacy=tuple(area.polygon for area in camera.privacy),
        rotate=camera.rotate,
        dewarp=camera.dewarp,
        crop=camera.crop,
        isolation=camera.isolation,
        memory_limit_mb=camera.memory_limit_mb,
        motion_gate=camera.motion_gate,
    )


def _even(pixels: int) -> int:
    return max(2, pixels - pixels % 2)
