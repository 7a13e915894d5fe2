"""From what was seen to figures of the stream; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.diagnosis.seen import PacketSeen, Seen

_BURST_SECONDS = 1.0
_JUMP_SECONDS = 1.0
_USUAL_SHARE = 0.95


@dataclass(frozen=True)
class StreamFigures:
    """Figures of one stream; None where it could not be measured.

    Units: seconds, frames, bits a second. ``gop_frames`` and ``gop_seconds`` are the longest way between two keyframes;
    where only one keyframe was seen they are what was seen of it, and ``gop_is_open`` is True. ``jitter_seconds``: 95
    of 100 frames come at most so much earlier or later than their timestamps say. ``jumps`` counts timestamps that
    went back, or on by a second more than the time that had passed.
    """

    watched_seconds: float
    frames: int
    fps_measured: float | None
    gop_frames: int | None
    gop_seconds: float | None
    gop_is_open: bool
    bit_rate: float | None
    jitter_seconds: float | None
    jumps: int
    without_time: int


def measure(seen: Seen) -> StreamFigures:
    """Give the figures of a stream; times are those of arrival if it is paced, else those of the stream itself."""
    packets = seen.packets
    steady = _steady(packets) if seen.paced else packets
    times = _times(steady, paced=seen.paced)
    span = times[-1] - times[0] if len(times) > 1 else 0.0
    frames, seconds, is_open = _gop(packets, paced=seen.paced)
    jumps = count_jumps(packets)
    has_times = seen.heading is not None and not seen.heading.timeless and not jumps
    return StreamFigures(
        watched_seconds=packets[-1].arrived - packets[0].arrived if packets else 0.0,
        frames=len(packets),
        fps_measured=(len(times) - 1) / span if span > 0 else None,
        gop_frames=frames,
        gop_seconds=seconds,
        gop_is_open=is_open,
        bit_rate=sum(packet.size for packet in steady[1:]) * 8 / span if span > 0 else None,
        jitter_seconds=_jitter(steady) if seen.paced and has_times else None,
        jumps=jumps,
        without_time=sum(packet.seconds is None for packet in packets),
    )


def count_jumps(packets: Sequence[PacketSeen]) -> int:
    """Count timestamps that do not follow from the one before and the time that has passed."""
    timed = [(packet.arrived, packet.seconds) for packet in packets if packet.seconds is not None]
    steps = [(seconds - before, at - at_before) for (at_before, before), (at, seconds) in pairwise(timed)]
    return sum(step < -_JUMP_SECONDS or step > _JUMP_SECONDS + passed for step, passed in steps)


def _steady(packets: Sequence[PacketSeen]) -> Sequence[PacketSeen]:
    """Give what came after the burst that FFmpeg and some cameras begin with; all of it where little else came."""
    later = [packet for packet in packets if packet.arrived - packets[0].arrived > _BURST_SECONDS]
    return later if len(later) > 2 else packets


def _times(packets: Sequence[PacketSeen], *, paced: bool) -> list[float]:
    if paced:
        return [packet.arrived for packet in packets]
    return sorted(packet.seconds for packet in packets if packet.seconds is not None)


def _gop(packets: Sequence[PacketSeen], *, paced: bool) -> tuple[int | None, float | None, bool]:
    """Give the longest way between keyframes in frames and in seconds, and whether no second keyframe was seen."""
    places = [index for index, packet in enumerate(packets) if packet.keyframe]
    if not places:
        return None, None, False
    is_open = len(places) == 1
    pairs = [(places[0], len(packets) - 1)] if is_open else list(pairwise(places))
    ways = [_seconds_between(packets[first : last + 1], paced=paced) for first, last in pairs]
    return (
        max(last - first for first, last in pairs),
        max((way for way in ways if way is not None), default=None),
        is_open,
    )


def _seconds_between(packets: Sequence[PacketSeen], *, paced: bool) -> float | None:
    """Give the time from the first to the last: by their timestamps; by arrival where there are none at all."""
    first, last = packets[0], packets[-1]
    if first.seconds is not None and last.seconds is not None:
        return None if count_jumps(packets) else last.seconds - first.seconds
    untimed = all(packet.seconds is None for packet in packets)
    return last.arrived - first.arrived if paced and untimed else None


def _jitter(packets: Sequence[PacketSeen]) -> float | None:
    delays = [packet.arrived - packet.seconds for packet in packets if packet.seconds is not None]
    if len(delays) < 10:
        return None
    usual = median(delays)
    off = sorted(abs(delay - usual) for delay in delays)
    return off[min(len(off) - 1, int(len(off) * _USUAL_SHARE))]
