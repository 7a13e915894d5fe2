"""Rules: what is an event worth an alert. One model per kind, told apart by ``kind``."""

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from posestream.config.base import Fraction, Name, Section
from posestream.durations import Duration
from posestream.schemas import Severity


class RuleBase(Section):
    """What all rules have."""

    id: Name = Field(description="Name of the rule, unique in the file")
    cameras: tuple[Name, ...] | None = Field(
        default=None, description="Cameras it holds for; all that have its zone if left out"
    )
    severity: Severity = Field(default=Severity.WARNING, description="info, warning or critical")
    cooldown: Duration = Field(
        default=0.0, description="Least time between two notifications of one person and place; alerts are recorded"
    )
    resolve_after: Duration = Field(
        default=1.0, description="How long the condition must be gone before the alert is resolved"
    )


class ZoneRuleConfig(RuleBase):
    """Somebody is in the zone."""

    kind: Literal["zone"]
    zone: Name = Field(description="Id of the zone")
    for_seconds: Duration = Field(default=0.2, alias="for", description="How long before the alert fires")


class LoiterRuleConfig(RuleBase):
    """Somebody stays: in a zone, or within a radius of where the stay began."""

    kind: Literal["loiter"]
    zone: Name | None = Field(default=None, description="Id of the zone; left out: radius counts")
    radius: Fraction | None = Field(default=None, description="Reach of the stay, as a share of the frame's height")
    for_seconds: Duration = Field(alias="for", description="How long a stay is loitering")

    @model_validator(mode="after")
    def _one_area(self) -> Self:
        if (self.zone is None) == (self.radius is None):
            raise ValueError("wanted either zone or radius")
        return self


class CrowdRuleConfig(RuleBase):
    """Too many persons: in a zone, or within a distance of one of them."""

    kind: Literal["crowd"]
    zone: Name | None = Field(default=None, description="Id of the zone; left out: within counts")
    within: Fraction | None = Field(
        default=None, description="Distance from one of the persons, as a share of the frame's height"
    )
    more_than: int = Field(ge=0, description="The alert fires with more persons than this")
    for_seconds: Duration = Field(default=0.2, alias="for", description="How long before the alert fires")

    @model_validator(mode="after")
    def _one_area(self) -> Self:
        if self.zone is not None and self.within is not None:
            raise ValueError("wanted zone or within, not both")
        return self


class CameraTrouble(StrEnum):
    """What can be wrong with a camera: the reasons that its health names."""

    DOWN = "down"  # it is not reached, or refuses the login
    STALLED = "stalled"
    FROZEN = "frozen"
    DARK = "dark"
    OVEREXPOSED = "overexposed"
    BLURRED = "blurred"
    CORRUPT = "corrupt"
    DRIFT = "drift"
    SCENE_CHANGED = "scene_changed"
    LOW_FPS = "low_fps"


OWN_RULE = "silent"
"""The rule of posestream's own alerts of cameras and services that fall silent."""
_TROUBLES = [one.value for one in CameraTrouble]
_ONE_TROUBLE = {"type": "string", "enum": _TROUBLES}


def _troubles(value: object) -> tuple[CameraTrouble, ...]:
    """Give the named troubles, each once; raises ValueError saying which there are."""
    names: list[Any] = list(value) if isinstance(value, list | tuple) else [value]
    wrong = [name for name in names if name not in _TROUBLES]
    if wrong or not names:
        wanted = f"wanted one of {', '.join(_TROUBLES)}, or a list of them"
        raise ValueError(f"{wanted}, got {wrong[0]!r}" if wrong else f"{wanted}, got none")
    return tuple(dict.fromkeys(CameraTrouble(name) for name in names))


class CameraRuleConfig(RuleBase):
    """Something is wrong with the camera itself."""

    kind: Literal["camera"]
    state: Annotated[
        tuple[CameraTrouble, ...],
        BeforeValidator(_troubles),
        WithJsonSchema({"anyOf": [_ONE_TROUBLE, {"type": "array", "items": _ONE_TROUBLE, "minItems": 1}]}),
    ] = Field(description="What is wrong: one reason of the camera's health, or a list of which one is enough")
    cooldown: Duration = Field(
        default=0.0, description="Least time between two notifications of one camera; alerts are recorded"
    )
    # A camera that comes and goes is one trouble, not one every other second.
    resolve_after: Duration = Field(
        default=10.0, description="How long the camera must be well before the alert is resolved"
    )
    for_seconds: Duration = Field(default=30.0, alias="for", description="How long before the alert fires")

    @property
    def zone(self) -> None:
        """It is about the whole camera."""
        return

    @field_validator("id")
    @classmethod
    def _not_our_own(cls, value: str) -> str:
        if value == OWN_RULE:
            raise ValueError(f"'{OWN_RULE}' is the rule of posestream's own alerts; choose another name")
        return value


RuleConfig = Annotated[
    ZoneRuleConfig | LoiterRuleConfig | CrowdRuleConfig | CameraRuleConfig, Field(discriminator="kind")
]
