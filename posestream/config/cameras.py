"""A camera: where its picture comes from and what is drawn on its ground."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from posestream.config.base import Fraction, Name, Section
from posestream.config.dewarp import DewarpConfig

Point = tuple[Fraction, Fraction]
Polygon = Annotated[tuple[Point, ...], Field(min_length=3, max_length=64)]


def _rectangle(crop: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    left, top, right, bottom = crop
    if not (left < right and top < bottom):
        raise ValueError("wanted [left, top, right, bottom] with left < right and top < bottom")
    return crop


Rectangle = Annotated[tuple[Fraction, Fraction, Fraction, Fraction], AfterValidator(_rectangle)]


_FORMS = (
    "rtsp(s)://…, http(s)://… (MJPEG), http(s)://….m3u8 (HLS), device:0, test:pattern, file:clip.mp4 or dir:images/"
)


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
    url: SecretStr = Field(min_length=1, description=f"Where its picture comes from: {_FORMS}")
    tls: Literal["verify", "accept-any"] | None = Field(
        default=None,
        description="Certificates that are taken of it: only one that can be verified (as a rule over https), or any "
        "(as a rule over rtsps: cameras sign their own)",
    )
    fps: float = Field(default=5.0, gt=0, le=120, description="Frames a second that are looked at")
    width: int = Field(
        default=640, ge=64, le=3840, description="Width in pixels to which pictures are scaled; never enlarged"
    )
    rotate: float = Field(
        default=0.0, gt=-360, lt=360, description="Degrees by which the picture is turned clockwise, first of all"
    )
    dewarp: DewarpConfig | None = Field(default=None, description="A view out of a fisheye picture, once it is turned")
    crop: Rectangle | None = Field(
        default=None, description="What is kept of the turned, dewarped picture: [left, top, right, bottom], 0..1 of it"
    )
    motion_gate: bool = Field(
        default=True,
        description="A live camera's pictures are passed over while nothing moves and nobody is there, but for one "
        "every ten seconds",
    )
    isolation: Literal["process", "thread"] = Field(
        default="process",
        description="Where it is decoded: in a process of its own, which may crash or hang at nobody else's cost, or "
        "in a thread, which saves some 100 MB",
    )
    memory_limit_mb: int = Field(
        default=512, ge=128, le=16_384, description="Its process is ended and started again when it uses more"
    )
    zones: tuple[ZoneConfig, ...] = Field(default=(), description="Areas that rules speak of")
    lines: tuple[LineConfig, ...] = Field(default=(), description="Lines that rules speak of")
    privacy: tuple[PrivacyConfig, ...] = Field(default=(), description="Areas masked before inference")

    @model_validator(mode="after")
    def _circle_stays(self) -> Self:
        if self.dewarp is not None and self.rotate % 90:
            raise ValueError("rotate: wanted 0, 90, 180 or 270 with dewarp, whose pan turns the view")
        return self

    @model_validator(mode="after")
    def _unique_places(self) -> Self:
        for kind, places in (("zones", self.zones), ("lines", self.lines)):
            ids = [place.id for place in places]
            if len(set(ids)) != len(ids):
                raise ValueError(f"{kind}: wanted unique ids, got {', '.join(ids)}")
        return self
