"""The table of rule kinds: a new kind is one file and one line here."""

from collections.abc import Mapping
from types import MappingProxyType

from postprocess.rules.camera import judge_camera
from postprocess.rules.crowd import judge_crowd
from postprocess.rules.loiter import judge_loiter
from postprocess.rules.observation import RuleJudge
from postprocess.rules.zone import judge_zone

RULE_KINDS: Mapping[str, RuleJudge] = MappingProxyType(
    {
        "zone": judge_zone,
        "loiter": judge_loiter,
        "crowd": judge_crowd,
        "camera": judge_camera,
    }
)
