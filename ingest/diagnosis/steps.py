"""The words of a diagnosis: layers, what was found at each of them, and how long there is."""

from dataclasses import dataclass
from enum import StrEnum

from posestream.clock import Clock
from posestream.errors import InputError


class Layer(StrEnum):
    """What stands between us and a picture, from below to above."""

    NAME = "name"
    TCP = "tcp"
    TLS = "tls"
    RTSP = "rtsp"
    LOGIN = "login"
    PATH = "path"
    CODEC = "codec"
    STREAM = "stream"
    KEYFRAME = "keyframe"
    DECODE = "decode"
    TIMESTAMPS = "timestamps"


class State(StrEnum):
    """How a layer is: WARNS means that there are pictures all the same."""

    OK = "ok"
    WARNS = "warns"
    FAILS = "fails"


@dataclass(frozen=True)
class Step:
    """What was found at one layer: ``text`` what is, ``remedy`` what to do (empty where all is well)."""

    layer: Layer
    state: State
    text: str
    remedy: str
    seconds: float


@dataclass(frozen=True)
class Finding:
    """What a layer's function says of a layer that holds; with a remedy it warns."""

    text: str
    remedy: str = ""


class LayerFailed(InputError):
    """A layer does not hold. ``layer`` names it where it is not the one that was looked at."""

    def __init__(self, text: str, remedy: str, layer: Layer | None = None) -> None:
        super().__init__(text)
        self.remedy = remedy
        self.layer = layer


class TimeLimit:
    """The time of a whole diagnosis."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self.clock = clock
        self.ends_at = clock.monotonic() + seconds

    def left(self, most: float) -> float:
        """Give the seconds that one layer may take: at most ``most``; raises LayerFailed when none are left."""
        left = min(most, self.ends_at - self.clock.monotonic())
        if left <= 0:
            raise LayerFailed("the time for the diagnosis is over", "give it more time (--seconds)")
        return left


def plain(text: str, most: int = 60) -> str:
    """Give a camera's own words as they may be shown: short, and nothing that a terminal obeys."""
    shown = "".join(char if char.isprintable() else "?" for char in text[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"
