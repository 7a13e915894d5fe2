"""Who is who after a change of track id: a track that broke off and went on, or the persons of a new epoch.

An alert must survive both: one walk is one alert.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from posestream.config.rules import LoiterRuleConfig, RuleConfig
from postprocess.geometry import distances, in_polygon
from postprocess.rules.observation import Trail
from postprocess.rules.scene import Feet, Person, Scene, feet_of
from postprocess.rules.state import RuleMemory

# Ages come as 32-bit seconds: a birth may seem this much earlier than it was.
_AGE_ERROR_NS = 10_000_000


@dataclass(frozen=True)
class Heir:
    """A new track that goes on where an old one broke off; ``gap_ns`` is the time in between."""

    new_id: int
    old_id: int
    gap_ns: int


def heirs_of(scene: Scene, known: Sequence[Person]) -> tuple[Heir, ...]:
    """Give the tracks seen for the first time that go on from a known one that is out of sight.

    The new one must be born after the old one was last seen, within one box height of that place; nearest first.
    """
    ids = {person.track_id for person in known}
    here = {person.track_id for person in scene.seen}
    fresh = [person for person in scene.seen if person.track_id not in ids]
    gone = [person for person in known if person.track_id not in here]
    heights = np.array([person.height for person in gone])
    apart = distances(feet_of(fresh), feet_of(gone))
    gaps = np.array([[new.born_ns - old.seen_ns for old in gone] for new in fresh]).reshape(apart.shape)
    allowed = (apart <= heights) & (gaps >= -_AGE_ERROR_NS)
    return tuple(
        Heir(fresh[row].track_id, gone[column].track_id, int(gaps[row, column]))
        for row, column in _nearest(apart, allowed)
    )


def inherited(memory: RuleMemory, heirs: Sequence[Heir], longest_gap_ns: int) -> RuleMemory:
    """Give the memory with what followed an old track following its heir, where the gap is short enough."""
    return _renamed(memory, {heir.old_id: heir.new_id for heir in heirs if heir.gap_ns <= longest_gap_ns})


def adopted(memory: RuleMemory, rule: RuleConfig, scene: Scene) -> RuleMemory:
    """Give the memory with the episodes of a former epoch following the persons now nearest to their places.

    Persons count who have no episode of the rule yet and are in its zone (or within its radius of the place).
    """
    strays = {one.track_id: (one.x, one.y) for one in memory.episodes if one.track_id is not None and one.track_id < 0}
    if not strays:
        return memory
    taken = {one.track_id for one in memory.episodes}
    free = [person for person in scene.seen if person.track_id not in taken]
    apart = distances(feet_of(free), np.array(list(strays.values())))
    ids = list(strays)
    pairs = _nearest(apart, _reachable(rule, scene, feet_of(free), apart))
    heirs = {ids[column]: free[row].track_id for row, column in pairs}
    return _renamed(memory, heirs)


def estranged(memory: RuleMemory) -> RuleMemory:
    """Give the memory at the begin of a new epoch: firing episodes wait to be adopted, pending ones are forgotten."""
    firing = tuple(one for one in memory.episodes if one.alert is not None)
    followed = dict.fromkeys([one.track_id for one in firing] + [one.track_id for one in memory.cooldowns])
    names = {track_id: -number for number, track_id in enumerate(followed, start=1) if track_id is not None}
    waiting = {one.track_id for one in firing}
    trails = tuple(trail for trail in memory.trails if trail.track_id in waiting)
    return _renamed(replace(memory, episodes=firing, trails=trails), names)


def _reachable(rule: RuleConfig, scene: Scene, feet: Feet, apart: Feet) -> NDArray[np.bool_]:
    """Give which persons (N, M) may take over which places: by the rule's zone or radius."""
    if rule.zone is not None:
        inside = in_polygon(feet, scene.zones[rule.zone])
        return np.repeat(inside[:, None], apart.shape[1], axis=1)
    radius = rule.radius if isinstance(rule, LoiterRuleConfig) else None
    within: NDArray[np.bool_] = apart <= (radius or 0.0) * scene.height
    return within


def _renamed(memory: RuleMemory, names: Mapping[int, int]) -> RuleMemory:
    """Give the memory with tracks under new names; what followed such a name before gives way."""
    if not names:
        return memory
    taken = set(names.values()) - set(names)

    def renamed(track_id: int | None) -> int | None:
        return None if track_id is None else names.get(track_id, track_id)

    return replace(
        memory,
        episodes=tuple(
            replace(one, track_id=renamed(one.track_id)) for one in memory.episodes if one.track_id not in taken
        ),
        trails=tuple(
            Trail(names.get(one.track_id, one.track_id), one.points)
            for one in memory.trails
            if one.track_id not in taken
        ),
        cooldowns=tuple(
            replace(one, track_id=renamed(one.track_id)) for one in memory.cooldowns if one.track_id not in taken
        ),
    )


def _nearest(apart: Feet, allowed: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Give the allowed pairs (row, column), nearest first, nobody twice."""
    pairs: list[tuple[int, int]] = []
    rows, columns = np.nonzero(allowed)
    for index in np.argsort(apart[rows, columns], kind="stable"):
        row, column = int(rows[index]), int(columns[index])
        if all(row != other and column != another for other, another in pairs):
            pairs.append((row, column))
    return pairs
