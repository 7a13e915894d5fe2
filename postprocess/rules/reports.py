"""The camera rules of one camera, report by report; their state has the shape of `engine`'s but is one of its own."""

from collections.abc import Sequence
from dataclasses import replace

from posestream.config.rules import CameraRuleConfig, RuleConfig
from posestream.schemas import Alert
from postprocess.rules.announcement import closed
from postprocess.rules.engine import LONGEST_BREAK_NS, finish
from postprocess.rules.report import CameraReport
from postprocess.rules.scene import Scene
from postprocess.rules.state import RuleMemory, RulesState
from postprocess.rules.turn import Moment, judge_rule


def judge_report(
    state: RulesState, report: CameraReport, rules: Sequence[RuleConfig]
) -> tuple[RulesState, tuple[Alert, ...]]:
    """Give the state after a report and the alerts that fired or were resolved with it.

    Pure and deterministic; reports of one camera come in order. Rules of other kinds or for other cameras are passed
    over. As with tracks: nothing fires with the first report of a trouble, a rule that is no longer given resolves its
    alerts. But epochs do not matter: an alert goes on over any number of connects until the camera is well for
    ``resolve_after``. A break in the reports of more than 30 s ends no alert, and nothing pending outlasts it.
    """
    stamp = report.stamp
    scene = Scene(report.at_ns, stamp.width, stamp.height, zones={}, seen=(), lost=(), report=report)
    moment = Moment(scene, stamp, heirs=(), settling=False)
    kept = {memory.rule: memory for memory in _after_a_break(state, report.at_ns)}
    memories: list[RuleMemory] = []
    alerts: tuple[Alert, ...] = ()
    for rule in rules:
        if not isinstance(rule, CameraRuleConfig) or report.camera_id not in (rule.cameras or (report.camera_id,)):
            continue
        memory, news = judge_rule(rule, kept.pop(rule.id, RuleMemory(rule.id, None)), moment)
        memories.append(memory)
        alerts += news
    alerts += closed(kept.values(), stamp)
    return replace(state, stamp=stamp, memories=tuple(memories)), alerts


def end_reports(state: RulesState) -> tuple[RulesState, tuple[Alert, ...]]:
    """Give the state when a camera is no longer read, on purpose, and the ends of its alerts; cooldowns go on."""
    memories = tuple(replace(memory, episodes=()) for memory in state.memories)
    return replace(state, memories=memories), finish(state)


def _after_a_break(state: RulesState, now_ns: int) -> tuple[RuleMemory, ...]:
    """Give the memories with which a report is met: after a long break it was not known what went on."""
    last = state.stamp
    if last is None or now_ns - last.captured_at_ns <= LONGEST_BREAK_NS:
        return state.memories
    return tuple(
        replace(memory, episodes=tuple(replace(one, open_ns=now_ns) for one in memory.episodes if one.alert))
        for memory in state.memories
    )
