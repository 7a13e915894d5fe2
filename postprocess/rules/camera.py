"""Kind ``camera``: something is wrong with the camera itself."""

from posestream.config.rules import CameraRuleConfig
from postprocess.rules.observation import Observation, Trails
from postprocess.rules.scene import Scene


def judge_camera(rule: CameraRuleConfig, scene: Scene, trails: Trails) -> tuple[tuple[Observation, ...], Trails]:
    """Tell whether one of the rule's troubles is reported; no trails are kept.

    While no pictures come, what is not reported cannot be told: who was frozen before may be so still.
    A scene without a report says nothing.
    """
    report = scene.report
    if report is None:
        return (), trails
    holds: bool | None = any(trouble.value in report.reasons for trouble in rule.state)
    if not holds and not report.sees:
        holds = None
    return (Observation(None, holds),), trails
