"""Kind ``zone``: somebody's foot point is in the zone. Also ``loiter`` with a zone: the same, only longer."""

from posestream.config.rules import LoiterRuleConfig, ZoneRuleConfig
from postprocess.geometry import in_polygon
from postprocess.rules.observation import Observation, Trails
from postprocess.rules.scene import Scene, feet_of


def judge_zone(
    rule: ZoneRuleConfig | LoiterRuleConfig, scene: Scene, trails: Trails
) -> tuple[tuple[Observation, ...], Trails]:
    """Tell of each person in sight whether the zone holds them; its border counts. No trails are kept.

    Raises:
        KeyError: if the scene has no such zone.
    """
    inside = in_polygon(feet_of(scene.seen), scene.zones[rule.zone or ""])
    return tuple(
        Observation(person.track_id, bool(held)) for person, held in zip(scene.seen, inside, strict=True)
    ), trails
