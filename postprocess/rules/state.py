"""What the rules remember between two frames of a camera: plain data, of bounded size."""

from dataclasses import dataclass

from posestream.schemas import FrameStamp
from postprocess.rules.cooldown import Cooldowns
from postprocess.rules.episode import Episode
from postprocess.rules.observation import Trails
from postprocess.rules.scene import Person


@dataclass(frozen=True)
class RuleMemory:
    """What one rule remembers; ``rule`` and ``zone`` name it: a rule moved to another zone starts anew."""

    rule: str
    zone: str | None
    episodes: tuple[Episode, ...] = ()
    trails: Trails = ()
    cooldowns: Cooldowns = ()


@dataclass(frozen=True)
class RulesState:
    """All that `judge` remembers of one camera.

    ``stamp``: the last frame's, None before the first. ``settled_ns``: until then a new epoch that goes on from
    another is given time to find its persons again, counted from its first look; ``break_ends_ns``: until then that
    look is waited for, 0 once it has come. ``persons``: who was seen, as last seen.
    """

    stamp: FrameStamp | None
    settled_ns: int
    break_ends_ns: int
    persons: tuple[Person, ...]
    memories: tuple[RuleMemory, ...]


def empty_rules_state() -> RulesState:
    """Give the state before a camera's first frame."""
    return RulesState(stamp=None, settled_ns=0, break_ends_ns=0, persons=(), memories=())
