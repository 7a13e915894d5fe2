"""Suspended alerts: recorded like all others, but nobody is told, neither of the begin nor of the end."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from posestream.schemas import Alert, AlertState
from postprocess.rules.state import RuleMemory, RulesState

Suspended = Callable[[str, str, int], bool]
"""Tells of (camera, rule, capture time in UTC ns) whether its alerts are suspended."""


def with_suspended(
    state: RulesState, alerts: Sequence[Alert], suspended: Suspended
) -> tuple[RulesState, tuple[Alert, ...]]:
    """Give what `judge` gave, with the alerts muted that fire while they are suspended.

    Pure. Judged is the capture time of the frame in which an alert fires; its end keeps the answer. A muted alert
    starts no cooldown: nobody was told of it.
    """
    if state.stamp is None:
        return state, tuple(alerts)
    now_ns = state.stamp.captured_at_ns
    muted = {
        alert.id
        for alert in alerts
        if alert.state is AlertState.FIRING and not alert.muted and suspended(alert.camera_id, alert.rule, now_ns)
    }
    if not muted:
        return state, tuple(alerts)
    memories = tuple(_muted(memory, muted, now_ns) for memory in state.memories)
    return replace(state, memories=memories), tuple(
        replace(alert, muted=True) if alert.id in muted else alert for alert in alerts
    )


def _muted(memory: RuleMemory, ids: set[str], now_ns: int) -> RuleMemory:
    tracks = {one.track_id for one in memory.episodes if one.alert is not None and one.alert.id in ids}
    if not tracks:
        return memory
    episodes = tuple(
        replace(one, alert=replace(one.alert, muted=True)) if one.alert is not None and one.alert.id in ids else one
        for one in memory.episodes
    )
    cooldowns = tuple(one for one in memory.cooldowns if one.fired_ns != now_ns or one.track_id not in tracks)
    return replace(memory, episodes=episodes, cooldowns=cooldowns)
