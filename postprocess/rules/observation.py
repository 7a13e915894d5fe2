"""What a rule says of one frame, and the trails that a rule may keep of persons."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from postprocess.rules.scene import Scene


@dataclass(frozen=True)
class Observation:
    """Whether the rule's condition holds for a person (or for the place: ``track_id`` None).

    ``holds`` is None where it cannot be told. ``since_ns``: since when, where the rule knows better than "now".
    ``persons``: how many, for rules whose figure is a number of persons; None where it is the seconds held.
    """

    track_id: int | None
    holds: bool | None
    since_ns: int | None = None
    persons: float | None = None


@dataclass(frozen=True)
class Trail:
    """Where a person stood, oldest first: (nanoseconds, x px, y px); of bounded length.

    ``away_since_ns``: since when the person is out of reach of the first of these places, None when in reach.
    """

    track_id: int
    points: tuple[tuple[int, float, float], ...]
    away_since_ns: int | None = None


Trails = tuple[Trail, ...]

RuleJudge = Callable[[Any, Scene, Trails], tuple[tuple[Observation, ...], Trails]]
"""One kind of rule: (its config, the frame, its trails so far) -> (what it says of the frame, its trails now)."""
