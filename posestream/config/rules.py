"""Rules: what is an event worth an alert. One model per kind, told apart by ``kind``."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

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


RuleConfig = Annotated[ZoneRuleConfig | LoiterRuleConfig | CrowdRuleConfig, Field(discriminator="kind")]
