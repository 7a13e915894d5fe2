"""The life of one alert: pending, firing, resolved."""

from dataclasses import dataclass, replace
from enum import StrEnum

from posestream.schemas import Alert

LEAST_SIGHTS = 2


class Verdict(StrEnum):
    """What a frame says of the condition."""

    HELD = "held"
    GONE = "gone"
    UNKNOWN = "unknown"  # out of sight: neither held nor gone
    ENDED = "ended"  # nobody is left who could hold it


@dataclass(frozen=True)
class Patience:
    """How long the condition must hold before it fires, and be gone before it is resolved; nanoseconds."""

    fire_after_ns: int
    resolve_after_ns: int

    @property
    def give_up_after_ns(self) -> int:
        """How long a pending condition may be interrupted: half the time it needs, never over ``resolve_after_ns``."""
        return min(self.resolve_after_ns, self.fire_after_ns // 2)


@dataclass(frozen=True)
class Episode:
    """A condition that holds, or just held, for one person (or for a place: ``track_id`` None).

    ``track_id`` is whom it follows now; negative: somebody of a former epoch who has not been found again yet.
    ``started_ns`` and ``held_ns``: first and last time it held; ``open_ns``: last time it was not known to be gone;
    ``sights``: frames in which it held; ``persons``: the most persons, for rules that count them; ``x``, ``y``:
    where the person stood, px; ``alert``: what was sent when it fired, None while it is pending.
    """

    track_id: int | None
    started_ns: int
    held_ns: int
    open_ns: int
    sights: int = 1
    persons: float | None = None
    x: float = 0.0
    y: float = 0.0
    alert: Alert | None = None

    @property
    def value(self) -> float:
        """The alert's own figure: persons, or the seconds that it held."""
        return (self.held_ns - self.started_ns) / 1e9 if self.persons is None else self.persons


def advanced(episode: Episode, verdict: Verdict, now_ns: int, patience: Patience) -> Episode | None:
    """Give the episode after a frame; None when it is over (resolved, if it was firing).

    It is over when the condition has been gone for long enough; when nobody is left, the time out of sight counts
    as gone. Time out of sight changes nothing otherwise. A clock that jumps back makes the past now.
    """
    held_ns, open_ns = min(episode.held_ns, now_ns), min(episode.open_ns, now_ns)
    episode = replace(episode, started_ns=min(episode.started_ns, held_ns), held_ns=held_ns, open_ns=open_ns)
    if verdict is Verdict.HELD:
        return replace(episode, held_ns=now_ns, open_ns=now_ns, sights=episode.sights + 1)
    if verdict is Verdict.UNKNOWN:
        return replace(episode, open_ns=now_ns)
    since_ns = episode.open_ns if verdict is Verdict.GONE else episode.held_ns
    limit_ns = patience.resolve_after_ns if episode.alert else patience.give_up_after_ns
    return None if now_ns - since_ns >= limit_ns else episode


def due(episode: Episode, patience: Patience) -> bool:
    """Tell whether a pending episode fires: it held for long enough and in more than one frame."""
    long_enough = episode.held_ns - episode.started_ns >= patience.fire_after_ns
    return episode.alert is None and long_enough and episode.sights >= LEAST_SIGHTS
