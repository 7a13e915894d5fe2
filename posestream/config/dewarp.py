"""How a fisheye camera is looked through: its circle, how it hangs, and the one view that is taken out of it."""

from math import acos, cos, degrees, radians, sin
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from posestream.config.base import Fraction, Section

# A perspective view of 4:3 that looks 37 degrees down ends at the level of the lens: heads are in it, ceilings are not.
_DEFAULTS: dict[object, dict[str, float]] = {
    ("perspective", "ceiling"): {"tilt": 37.0, "fov": 90.0, "aspect": 4 / 3},
    ("perspective", "wall"): {"tilt": 0.0, "fov": 90.0, "aspect": 4 / 3},
    ("perspective", "table"): {"tilt": -37.0, "fov": 90.0, "aspect": 4 / 3},
    ("panorama", "ceiling"): {"tilt": 40.0, "fov": 360.0, "aspect": 5.0},
    ("panorama", "wall"): {"tilt": 0.0, "fov": 180.0, "aspect": 16 / 9},
    ("panorama", "table"): {"tilt": -40.0, "fov": 360.0, "aspect": 5.0},
}
_WIDEST_PERSPECTIVE = 150.0  # more than this is nothing but stretched corners
_Angle = Annotated[float, Field(ge=-360, le=360)]


class DewarpConfig(Section):
    """One view out of an equidistant fisheye picture; several views are several cameras with one url.

    Angles are degrees. Pan and tilt are those of the room, however the camera is mounted: pan 0 looks to the top of
    the picture of a ceiling or table camera and straight out of a wall, and grows to the right; tilt 0 is level,
    90 straight down. What is not given for the view gets a default that suits ``view`` and ``mount``.
    """

    model: Literal["fisheye"] = Field(default="fisheye", description="The lens: equidistant fisheye")
    mount: Literal["ceiling", "wall", "table"] = Field(
        default="ceiling", description="Where the lens looks: ceiling: straight down; wall: level; table: straight up"
    )
    centre: tuple[Fraction, Fraction] = Field(
        default=(0.5, 0.5), description="Middle of the circle [x, y], 0..1 of the picture's width and height"
    )
    radius: float | None = Field(
        default=None, gt=0, le=2, description="Radius of the circle, as a share of the picture's width; unset: it fits"
    )
    lens_fov: float = Field(default=180.0, ge=60, le=280, description="Degrees that the whole circle sees")
    view: Literal["perspective", "panorama"] = Field(
        default="perspective", description="perspective: as an ordinary camera sees; panorama: a strip of all around"
    )
    pan: _Angle = Field(default=0.0, description="Degrees to the right, clockwise seen from above")
    tilt: float = Field(default=37.0, ge=-90, le=90, description="Degrees below level of the view's middle")
    roll: _Angle = Field(default=0.0, description="Degrees by which a perspective view is turned clockwise")
    fov: float = Field(default=90.0, ge=5, le=360, description="Degrees that the view sees from left to right")
    aspect: float = Field(default=4 / 3, ge=0.25, le=16, description="Width of the view over its height")

    @model_validator(mode="before")
    @classmethod
    def _suitable(cls, value: object) -> object:
        """Fill in what suits the view and the mount."""
        if not isinstance(value, dict):
            return value
        kind = (str(value.get("view", "perspective")), str(value.get("mount", "ceiling")))
        defaults: dict[Any, Any] = {**_DEFAULTS.get(kind, {})}
        return defaults | value

    @model_validator(mode="after")
    def _sees_something(self) -> Self:
        if self.view == "perspective":
            if self.fov > _WIDEST_PERSPECTIVE:
                raise ValueError(f"fov: wanted at most {_WIDEST_PERSPECTIVE:g} degrees of a perspective view")
        elif self.roll:
            raise ValueError("roll: a panorama is not turned; leave it out")
        elif abs(self.tilt) + self.fov / self.aspect / 2 > 90:
            raise ValueError(
                f"tilt: a strip of {self.fov / self.aspect:g} degrees (fov / aspect) about it goes beyond straight up "
                "or down"
            )
        off = self._degrees_off_axis()
        if off >= self.lens_fov / 2:
            raise ValueError(
                f"pan, tilt: the view's middle is {off:.0f} degrees off the lens's axis, and the lens sees "
                f"{self.lens_fov / 2:g}"
            )
        return self

    def _degrees_off_axis(self) -> float:
        if self.mount == "wall":
            ahead = cos(radians(self.tilt)) * cos(radians(self.pan))
            return degrees(acos(max(-1.0, min(1.0, ahead))))
        down = sin(radians(self.tilt)) if self.mount == "ceiling" else -sin(radians(self.tilt))
        return degrees(acos(max(-1.0, min(1.0, down))))
