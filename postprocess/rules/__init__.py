"""Rules: tracks in, alerts out. One file per kind, the table of kinds in `kinds`."""

from postprocess.rules.engine import finish, judge
from postprocess.rules.kinds import RULE_KINDS
from postprocess.rules.state import RulesState, empty_rules_state

__all__ = ["RULE_KINDS", "RulesState", "empty_rules_state", "finish", "judge"]
