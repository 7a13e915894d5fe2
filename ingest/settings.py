"""How a source is read: at what size, how often, and what stays hidden."""

from dataclasses import dataclass

from posestream.errors import UsageError

Polygon = tuple[tuple[float, float], ...]
"""Corners (x, y) as fractions of the frame's width and height."""


@dataclass(frozen=True)
class ReadSettings:
    """What is made of the frames of one source.

    ``width`` px is the wanted width (None: the source's own), ``max_width`` px a cap on it; a picture is never
    enlarged. ``fps`` is how many frames a second are taken (None: every one). ``privacy`` areas are blackened.
    """

    camera_id: str
    width: int | None = None
    max_width: int | None = None
    fps: float | None = None
    privacy: tuple[Polygon, ...] = ()

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


def _even(pixels: int) -> int:
    return max(2, pixels - pixels % 2)
