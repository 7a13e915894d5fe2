"""Rules: tracks or reports of a camera in, alerts out. One file per kind, the table of kinds in `kinds`."""

from postprocess.rules.engine import finish, judge
from postprocess.rules.kinds import RULE_KINDS
from postprocess.rules.report import CameraReport
from postprocess.rules.reports import end_reports, judge_report
from postprocess.rules.state import RulesState, empty_rules_state

__all__ = [
    "RULE_KINDS",
    "CameraReport",
    "RulesState",
    "empty_rules_state",
    "end_reports",
    "finish",
    "judge",
    "judge_report",
]
