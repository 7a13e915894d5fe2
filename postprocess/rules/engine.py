"""All rules of one camera, frame by frame."""

from collections.abc import Sequence
from dataclasses import replace

from posestream.config.cameras import CameraConfig
from posestream.config.rules import CameraRuleConfig, RuleConfig
from posestream.schemas import Alert, FrameStamp, Tracks
from postprocess.rules.announcement import closed
from postprocess.rules.scene import Person, Scene, scene_of
from postprocess.rules.state import RuleMemory, RulesState, empty_rules_state
from postprocess.rules.succession import estranged, heirs_of
from postprocess.rules.turn import Moment, judge_rule

LONGEST_BREAK_NS = 30_000_000_000
SETTLING_NS = 2_000_000_000


def judge(
    state: RulesState, tracks: Tracks, camera: CameraConfig, rules: Sequence[RuleConfig]
) -> tuple[RulesState, tuple[Alert, ...]]:
    """Give the state after a frame and the alerts that fired or were resolved in it.

    Pure and deterministic; frames of one camera come in order. Rules for other cameras, with a zone that the camera
    has not, or about the camera itself (see `reports`) are passed over. What fires and is resolved:

    - Only confirmed tracks count. Nothing fires in the first frame in which its condition holds.
    - A lost track is neither in nor out until it is seen again or ends; its end is the end of the condition.
    - A track that broke off and goes on nearby under a new id keeps its alerts (see `succession`).
    - A new epoch within 30 s keeps firing alerts and cooldowns: for 2 s from its first look they wait for persons at
      their places, and for that look until the 30 s are over.
      A later one resolves them, and forgets the cooldowns.
    - A rule that is no longer given, or has another zone, resolves its alerts.
    """
    stamp = tracks.poses.stamp
    state, alerts = _entered(state, stamp)
    state = _awaited(state, stamp, looked=tracks.poses.inferred)
    scene = scene_of(tracks, camera, state.persons)
    valid = [rule for rule in rules if _applies(rule, camera, scene)]
    kept = {(memory.rule, memory.zone): memory for memory in state.memories}
    moment = Moment(scene, stamp, heirs_of(scene, state.persons), stamp.captured_at_ns < state.settled_ns)
    memories = []
    for rule in valid:
        memory, news = judge_rule(rule, kept.pop((rule.id, rule.zone), RuleMemory(rule.id, rule.zone)), moment)
        memories.append(memory)
        alerts += news
    alerts += closed(kept.values(), stamp)
    persons = _remembered(scene, state.persons, memories)
    state = replace(state, stamp=stamp, persons=persons, memories=tuple(memories))
    return state, alerts


def finish(state: RulesState) -> tuple[Alert, ...]:
    """Give the ends of all alerts that still fire, at the last frame: the input has ended."""
    return () if state.stamp is None else closed(state.memories, state.stamp)


def _entered(state: RulesState, stamp: FrameStamp) -> tuple[RulesState, tuple[Alert, ...]]:
    """Give the state with which a frame is met: changed if it begins a new epoch."""
    last = state.stamp
    if last is None or last.epoch == stamp.epoch:
        return state, ()
    if abs(stamp.captured_at_ns - last.captured_at_ns) > LONGEST_BREAK_NS:
        return empty_rules_state(), closed(state.memories, last)
    memories = tuple(estranged(memory) for memory in state.memories)
    break_ends_ns = last.captured_at_ns + LONGEST_BREAK_NS
    return replace(state, break_ends_ns=break_ends_ns, persons=(), memories=memories), ()


def _awaited(state: RulesState, stamp: FrameStamp, *, looked: bool) -> RulesState:
    """Give the state with the time to settle counted from the new epoch's first look: before it nobody can be found."""
    if stamp.captured_at_ns >= state.break_ends_ns:
        return state
    settled_ns = stamp.captured_at_ns + SETTLING_NS
    return replace(state, settled_ns=settled_ns, break_ends_ns=0 if looked else state.break_ends_ns)


def _applies(rule: RuleConfig, camera: CameraConfig, scene: Scene) -> bool:
    here = rule.cameras is None or camera.id in rule.cameras
    here = here and not isinstance(rule, CameraRuleConfig)
    return here and (rule.zone is None or rule.zone in scene.zones)


def _remembered(scene: Scene, known: Sequence[Person], memories: Sequence[RuleMemory]) -> tuple[Person, ...]:
    """Give the persons to remember: in sight, lost, or gone with an episode that is still open."""
    seen = {person.track_id for person in scene.seen}
    open_ids = {one.track_id for memory in memories for one in memory.episodes}
    open_ids |= {person.track_id for person in scene.lost}
    return scene.seen + tuple(one for one in known if one.track_id in open_ids and one.track_id not in seen)
