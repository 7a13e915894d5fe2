"""One rule's turn in one frame: look, let the episodes go on, say what fired and what is over."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from posestream.config.rules import RuleConfig
from posestream.schemas import Alert, FrameStamp
from postprocess.rules.announcement import fired, resolved
from postprocess.rules.cooldown import running
from postprocess.rules.episode import Episode, Patience, Verdict, advanced, due
from postprocess.rules.kinds import RULE_KINDS
from postprocess.rules.observation import Observation, Trails
from postprocess.rules.scene import Person, Scene
from postprocess.rules.state import RuleMemory
from postprocess.rules.succession import Heir, adopted, inherited


@dataclass(frozen=True, eq=False)
class Moment:
    """What all rules share in a frame; ``settling``: a new epoch is still finding its persons again."""

    scene: Scene
    stamp: FrameStamp
    heirs: tuple[Heir, ...]
    settling: bool


def judge_rule(rule: RuleConfig, memory: RuleMemory, moment: Moment) -> tuple[RuleMemory, tuple[Alert, ...]]:
    """Give the rule's memory after the frame and its alerts, by track in the order of their episodes."""
    scene, now_ns = moment.scene, moment.scene.now_ns
    patience = Patience(round(rule.for_seconds * 1e9), round(rule.resolve_after * 1e9))
    memory = adopted(inherited(memory, moment.heirs, patience.resolve_after_ns), rule, scene)
    observations, trails = RULE_KINDS[rule.kind](rule, scene, memory.trails)
    cooldowns = running(memory.cooldowns, now_ns, rule.cooldown)
    looks = {one.track_id: one for one in observations}
    alerts: tuple[Alert, ...] = ()
    live = []
    for old in memory.episodes:
        episode = advanced(old, _verdict(old, looks.get(old.track_id), moment), now_ns, patience)
        if episode is None:
            alerts += resolved(old, moment.stamp)
        else:
            live.append(episode)
    episodes = []
    for episode in _observed((*live, *_begun(memory, observations, now_ns)), looks, scene):
        if not due(episode, patience):
            episodes.append(episode)
            continue
        alert, cooldowns = fired(episode, rule, moment.stamp, cooldowns)
        episodes.append(replace(episode, alert=alert))
        alerts += (alert,)
    memory = RuleMemory(rule.id, rule.zone, tuple(episodes), _kept(trails, episodes, scene), cooldowns)
    return memory, alerts


def _verdict(episode: Episode, look: Observation | None, moment: Moment) -> Verdict:
    if look is None:
        lost = any(person.track_id == episode.track_id for person in moment.scene.lost)
        waiting = moment.settling and episode.track_id is not None and episode.track_id < 0
        return Verdict.UNKNOWN if lost or waiting else Verdict.ENDED
    if look.holds:
        return Verdict.HELD
    blind = look.holds is None or (look.track_id is None and moment.settling)
    return Verdict.UNKNOWN if blind else Verdict.GONE


def _begun(memory: RuleMemory, observations: Iterable[Observation], now_ns: int) -> tuple[Episode, ...]:
    """Give the episodes that begin now: pending, seen once."""
    known = {one.track_id for one in memory.episodes}
    return tuple(
        Episode(look.track_id, now_ns if look.since_ns is None else look.since_ns, now_ns, now_ns)
        for look in observations
        if look.holds and look.track_id not in known
    )


def _observed(episodes: Iterable[Episode], looks: Mapping[int | None, Observation], scene: Scene) -> Iterator[Episode]:
    """Give the episodes with what the frame says of their persons: where they stand, how many there are."""
    people: dict[int | None, Person] = {person.track_id: person for person in scene.seen}
    for episode in episodes:
        person, look = people.get(episode.track_id), looks.get(episode.track_id)
        if person is not None:
            yield replace(episode, x=person.x, y=person.y)
        elif look is not None and look.persons is not None:
            yield replace(episode, persons=max(look.persons, episode.persons or 0.0))
        else:
            yield episode


def _kept(trails: Trails, episodes: Iterable[Episode], scene: Scene) -> Trails:
    """Give the trails of those who can still come back."""
    alive = {person.track_id for person in (*scene.seen, *scene.lost)} | {one.track_id for one in episodes}
    return tuple(trail for trail in trails if trail.track_id in alive)
