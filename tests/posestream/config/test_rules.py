from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from posestream.config.rules import (
    CameraRuleConfig,
    CrowdRuleConfig,
    LoiterRuleConfig,
    RuleConfig,
    ZoneRuleConfig,
)
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


@pytest.mark.parametrize(
    ("state", "troubles"),
    [("down", ["down"]), (["down", "frozen"], ["down", "frozen"]), (["dark", "dark"], ["dark"])],
)
def test_what_is_wrong_with_a_camera_is_one_name_or_a_list(state: Any, troubles: list[str]) -> None:  # noqa: ANN401  # as in a file
    rule = CameraRuleConfig.model_validate({"id": "lost", "kind": "camera", "state": state})
    assert [one.value for one in rule.state] == troubles
    assert (rule.for_seconds, rule.resolve_after, rule.cooldown, rule.zone) == (30.0, 10.0, 0.0, None)


def test_the_schema_of_a_camera_rule_says_what_may_stand_there() -> None:
    schema = TypeAdapter(RuleConfig).json_schema(by_alias=True)["$defs"]["CameraRuleConfig"]
    one, several = schema["properties"]["state"]["anyOf"]
    assert one == several["items"]
    assert {"down", "low_fps"} < set(one["enum"])
    assert schema["required"] == ["id", "kind", "state"]
    assert "zone" not in schema["properties"]
