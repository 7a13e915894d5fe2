"""A camera: where its picture comes from and what is drawn on its ground."""

from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from posestream.config.base import Fraction, Name, Section

Point = tuple[Fraction, Fraction]
Polygon = Annotated[tuple[Point, ...], Field(min_length=3, max_length=64)]


class ZoneConfig(Section):
    """A named area of the ground; a person is in it when the foot point is."""

    id: Name = Field(description="Name of the zone, unique within the camera")
    polygon: Polygon = Field(description="Corners [x, y], 0..1 of the frame's width and height")


class LineConfig(Section):
    """A named line on the ground."""

    id: Name = Field(description="Name of the line, unique within the camera")
    start: Point = Field(alias="from", description="First end [x, y], 0..1 of the frame")
    end: Point = Field(alias="to", description="Second end [x, y], 0..1 of the frame")


class PrivacyConfig(Section):
    """An area that is blackened before anything looks at the picture."""

    polygon: Polygon = Field(description="Corners [x, y], 0..1 of the frame's width and height")


class CameraConfig(Section):
    """One camera, clip or folder of pictures."""

    id: Name = Field(description="Name of the camera, unique in the file")
    url: SecretStr = Field(min_length=1, description="rtsp://…, file:clip.mp4 or dir:images/")
    fps: float = Field(default=5.0, gt=0, le=120, description="Frames a second that are looked at")
    width: int = Field(
        default=640, ge=64, le=3840, description="Width in pixels to which pictures are scaled; never enlarged"
    )
    zones: tuple[ZoneConfig, ...] = Field(default=(), description="Areas that rules speak of")
    lines: tuple[LineConfig, ...] = Field(default=(), description="Lines that rules speak of")
    privacy: tuple[PrivacyConfig, ...] = Field(default=(), description="Areas masked before inference")

    @model_validator(mode="after")
    def _unique_places(self) -> Self:
        for kind, places in (("zones", self.zones), ("lines", self.lines)):
            ids = [place.id for place in places]
            if len(set(ids)) != len(ids):
                raise ValueError(f"{kind}: wanted unique ids, got {', '.join(ids)}")
        return self
