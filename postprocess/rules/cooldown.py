"""Cooldowns: which alerts are recorded only, because somebody was told of the same not long ago."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import dist


@dataclass(frozen=True)
class Cooldown:
    """When an unmuted alert last fired for a person (or a place: ``track_id`` None), and where they stood, px.

    A negative ``track_id`` is somebody of a former epoch who has not fired again yet.
    """

    track_id: int | None
    fired_ns: int
    x: float
    y: float


Cooldowns = tuple[Cooldown, ...]


def running(cooldowns: Sequence[Cooldown], now_ns: int, length_seconds: float) -> Cooldowns:
    """Give those that still hold; a clock that jumped back ends those of its future."""
    return tuple(one for one in cooldowns if 0 <= now_ns - one.fired_ns < length_seconds * 1e9)


def claimed(cooldowns: Cooldowns, track_id: int | None, x: float, y: float) -> Cooldowns:
    """Give the cooldowns with the nearest one of a former epoch handed to this person, if they have none."""
    strays = [one for one in cooldowns if one.track_id is not None and one.track_id < 0]
    if track_id is None or not strays or any(one.track_id == track_id for one in cooldowns):
        return cooldowns
    nearest = min(strays, key=lambda one: dist((one.x, one.y), (x, y)))
    return tuple(replace(one, track_id=track_id) if one is nearest else one for one in cooldowns)
