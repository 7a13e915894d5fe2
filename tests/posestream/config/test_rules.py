import pytest
from pydantic import ValidationError

from posestream.config import CrowdRuleConfig, LoiterRuleConfig, ZoneRuleConfig
from posestream.schemas import Severity


def test_defaults() -> None:
    rule = ZoneRuleConfig(id="r", kind="zone", zone="door")
    assert (rule.cameras, rule.severity, rule.cooldown, rule.resolve_after) == (None, Severity.WARNING, 0.0, 1.0)
    assert rule.for_seconds == 0.2


@pytest.mark.parametrize(("zone", "radius"), [(None, None), ("door", 0.1)])
def test_loitering_has_one_area(zone: str | None, radius: float | None) -> None:
    with pytest.raises(ValidationError, match="wanted either zone or radius"):
        LoiterRuleConfig.model_validate({"id": "r", "kind": "loiter", "zone": zone, "radius": radius, "for": "1s"})


def test_a_crowd_has_one_area_or_none() -> None:
    assert CrowdRuleConfig(id="r", kind="crowd", more_than=0).zone is None
    with pytest.raises(ValidationError, match="wanted zone or within, not both"):
        CrowdRuleConfig(id="r", kind="crowd", more_than=0, zone="door", within=0.1)
