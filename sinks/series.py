"""The figures of each camera and second of its capture time, as a pure fold over its tracks.

Guarantee: a second's figures are a function of the tracks alone, in their order. Whoever folds the same messages
again gets the same figures, so a point that is written twice is the same point.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from posestream.config import ZoneConfig
from posestream.schemas import Tracks
from postprocess.geometry import foot_points, in_polygon
from sinks.camera_second import CameraSecond

STATE_VERSION = 1
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True)
class ZoneSecond:
    """Confirmed persons in a zone: mean and greatest number over the second's frames."""

    zone: str
    persons: float
    persons_max: int


@dataclass(frozen=True)
class FinishedSecond:
    """One second of one camera, over: nothing later will change it.

    ``not_looked_at``: messages that only said that time passes (dropped, gated, no frame).
    """

    second: CameraSecond
    not_looked_at: int
    zones: tuple[ZoneSecond, ...] = ()


@dataclass(frozen=True)
class OpenSecond:
    """The second that a camera is in, and the last message that was counted.

    ``zones``: (id, sum of persons over the frames, greatest number).
    """

    epoch: int
    captured_at_ns: int
    frames: int = 0
    not_looked_at: int = 0
    persons_sum: int = 0
    persons_max: int = 0
    inference_ms_sum: float = 0.0
    frames_timed: int = 0
    zones: tuple[tuple[str, int, int], ...] = ()

    @property
    def second_utc(self) -> int:
        """Whole seconds since 1970."""
        return self.captured_at_ns // _SECOND_NS


def fold(
    state: OpenSecond | None, tracks: Tracks, zones: Sequence[ZoneConfig] = ()
) -> tuple[OpenSecond, FinishedSecond | None]:
    """Count one message of a camera; gives the second that it ends, if it ends one.

    A message that is not later than the last one (a repeat) changes nothing. A second is over when a message of
    another second comes, be it a beat. A new epoch whose clock lies in the open second goes on with it; one whose
    clock lies before begins that second anew: what is known last replaces what was known.
    """
    stamp = tracks.poses.stamp
    if state is None:
        return _counted(OpenSecond(stamp.epoch, stamp.captured_at_ns), tracks, zones), None
    if (stamp.epoch, stamp.captured_at_ns) <= (state.epoch, state.captured_at_ns):
        return state, None
    if stamp.captured_at_ns // _SECOND_NS == state.second_utc:
        return _counted(replace(state, epoch=stamp.epoch, captured_at_ns=stamp.captured_at_ns), tracks, zones), None
    fresh = OpenSecond(stamp.epoch, stamp.captured_at_ns)
    return _counted(fresh, tracks, zones), finished(state, stamp.camera_id)


def finished(state: OpenSecond, camera_id: str) -> FinishedSecond:
    """Give the figures of a second as counted so far."""
    frames = state.frames
    return FinishedSecond(
        second=CameraSecond(
            camera_id=camera_id,
            second_utc=state.second_utc,
            persons=state.persons_sum / frames if frames else 0.0,
            persons_max=state.persons_max,
            frames=frames,
            fps=float(frames),
            inference_ms=state.inference_ms_sum / state.frames_timed if state.frames_timed else None,
        ),
        not_looked_at=state.not_looked_at,
        zones=tuple(ZoneSecond(zone, total / frames, most) for zone, total, most in state.zones if frames),
    )


def state_bytes(state: OpenSecond) -> bytes:
    """Give the state as bytes, exact to the last bit."""
    return json.dumps([STATE_VERSION, asdict(state)], separators=(",", ":"), allow_nan=False).encode()


def state_of(data: bytes | None) -> OpenSecond | None:
    """Give the state of ``state_bytes``; None (begin anew) for nothing or the bytes of another version."""
    if data is None:
        return None
    version, fields = json.loads(data)
    if version != STATE_VERSION:
        return None
    zones = tuple((str(zone), int(total), int(most)) for zone, total, most in fields.pop("zones"))
    return OpenSecond(**fields, zones=zones)


def _counted(state: OpenSecond, tracks: Tracks, zones: Sequence[ZoneConfig]) -> OpenSecond:
    if not tracks.poses.inferred:
        return replace(state, not_looked_at=state.not_looked_at + 1)
    persons = int(tracks.confirmed.sum())
    timings = tracks.poses.timings_ms
    return replace(
        state,
        frames=state.frames + 1,
        persons_sum=state.persons_sum + persons,
        persons_max=max(state.persons_max, persons),
        # Exact sum: the order of a Protobuf map is not fixed.
        inference_ms_sum=state.inference_ms_sum + math.fsum(timings.values()),
        frames_timed=state.frames_timed + bool(timings),
        zones=_zones_counted(state.zones, tracks, zones),
    )


def _zones_counted(
    known: tuple[tuple[str, int, int], ...], tracks: Tracks, zones: Sequence[ZoneConfig]
) -> tuple[tuple[str, int, int], ...]:
    if not zones:
        return known
    stamp = tracks.poses.stamp
    size = np.array([stamp.width, stamp.height], np.float64)
    feet = foot_points(tracks)[tracks.confirmed]
    counts = {zone: (total, most) for zone, total, most in known}
    for zone in zones:
        inside = int(in_polygon(feet, np.array(zone.polygon) * size).sum()) if len(feet) else 0
        total, most = counts.get(zone.id, (0, 0))
        counts[zone.id] = (total + inside, max(most, inside))
    return tuple((zone, total, most) for zone, (total, most) in counts.items())
