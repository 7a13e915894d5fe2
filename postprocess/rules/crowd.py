"""Kind ``crowd``: too many persons in a zone, near one of them, or in the whole frame."""

from collections.abc import Sequence

from posestream.config.rules import CrowdRuleConfig
from postprocess.geometry import distances, in_polygon
from postprocess.rules.observation import Observation, Trails
from postprocess.rules.scene import Person, Scene, feet_of


def judge_crowd(rule: CrowdRuleConfig, scene: Scene, trails: Trails) -> tuple[tuple[Observation, ...], Trails]:
    """Tell whether more than ``more_than`` persons are there; no trails are kept.

    Persons out of sight might still stand where they were last seen: when only they would make it a crowd,
    it cannot be told.

    Raises:
        KeyError: if the scene has no such zone.
    """
    count = _count(rule, scene, scene.seen)
    holds: bool | None = count > rule.more_than
    if not holds and _count(rule, scene, scene.seen + scene.lost) > rule.more_than:
        holds = None
    return (Observation(None, holds, persons=float(count)),), trails


def _count(rule: CrowdRuleConfig, scene: Scene, persons: Sequence[Person]) -> int:
    feet = feet_of(persons)
    if rule.zone is not None:
        return int(in_polygon(feet, scene.zones[rule.zone]).sum())
    if rule.within is None:
        return len(feet)
    near = distances(feet, feet) <= rule.within * scene.height
    return int(near.sum(axis=1).max(initial=0))
