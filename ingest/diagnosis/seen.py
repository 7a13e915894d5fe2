"""What was seen of a stream while it was watched: packets and pictures, as plain values."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class PacketSeen:
    """One packet: when it came (seconds of a monotonic clock), its time of decoding in the stream, and what it is."""

    arrived: float
    seconds: float | None
    size: int
    keyframe: bool


@dataclass(frozen=True)
class PictureSeen:
    """One decoded picture; ``two_way`` (B) needs pictures after it to be decoded."""

    arrived: float
    keyframe: bool
    two_way: bool
    interlaced: bool
    corrupt: bool


@dataclass(frozen=True)
class Heading:
    """What is known once a stream is open; ``timeless``: its format holds no times, so they are those of arrival."""

    codec: str
    profile: str | None
    fps_stated: float | None
    audio: tuple[str, ...]
    timeless: bool


@dataclass(frozen=True)
class Surface:
    """Size (px) and colours of the pictures; ``full_range`` None: it is not told."""

    width: int
    height: int
    pixel_format: str
    full_range: bool | None


@dataclass
class Seen:
    """All of it, growing while the stream is watched.

    ``paced``: packets come as time passes, not in bursts (HLS) or at once (files). ``skew_seconds``: the camera's clock
    minus ours.
    """

    live: bool
    paced: bool
    began: float
    opened: float | None = None
    heading: Heading | None = None
    surface: Surface | None = None
    packets: list[PacketSeen] = field(default_factory=list)
    pictures: list[PictureSeen] = field(default_factory=list)
    skew_seconds: float | None = None
    refused_packets: int = 0
    ended: bool = False
