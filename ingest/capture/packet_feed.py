"""From the access units of one connect to the ring: nothing is decoded here."""

import math
from dataclasses import dataclass

import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream

from ingest.capture.beginning import Beginning
from ingest.capture.fates import PassReason
from ingest.capture.outlet import Outlet, here_now
from ingest.capture.ring import Captured
from ingest.timeline import Timeline

_DEFAULT_RATE = 25.0


@dataclass(frozen=True)
class StreamFacts:
    """What a stream's head says: codec, size in pixels as coded, frames a second."""

    codec: str
    width: int
    height: int
    fps: float | None


class PacketFeed:
    """Counts and hands on the access units of one reader, in its thread.

    All are handed on: which pictures are looked at is decided where they are decoded. ``index`` counts access units,
    in the order of decoding. With B-frames that is not the order of presentation: ``pts_seconds`` goes back and forth
    then, while index and arrival rise. Units before the first keyframe are passed over and have no index.
    """

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet
        self._beginning = Beginning()
        self.begin(StreamFacts("none", 1, 1, None))

    def begin(self, facts: StreamFacts) -> None:
        """Start a new epoch: a new connect, or the next round of a clip."""
        self._facts = facts
        self._timeline = Timeline(1 / (facts.fps or _DEFAULT_RATE))
        self._beginning.anew()
        self._first_lead = 0.0

    def offer(self, unit: "Packet[VideoStream]") -> None:
        """Take one access unit; raises InputError if it is too large."""
        self._outlet.board.count("decoded")
        if not self._beginning.reached_by(is_keyframe=bool(unit.is_keyframe)):
            self._outlet.board.count_passed(PassReason.BEFORE_KEYFRAME)
            return
        self._beginning.index += 1
        if self._beginning.index == 0:
            self._first_lead = _lead(unit)
        decode_at = decode_seconds(unit)
        # Of presentation, 0 for the first unit: the time of decoding is what rises evenly.
        pts_seconds = self._timeline.place(decode_at) + _lead(unit) - self._first_lead
        self._outlet.good_frame()
        now, facts = here_now(), self._facts
        captured = Captured(
            round=self._beginning.round,
            index=self._beginning.index,
            arrived_ns=now.wall_ns,
            arrived_at=now.monotonic,
            pts_seconds=pts_seconds,
            stream_seconds=math.nan if decode_at is None else decode_at,
            start_realtime_us=int(self._outlet.board["start_realtime_us"]),
            width=facts.width,
            height=facts.height,
            image_width=facts.width,
            image_height=facts.height,
            layout=facts.codec,
            keyframe=bool(unit.is_keyframe),
        )
        self._outlet.hand_on(captured, np.frombuffer(bytes(unit), np.uint8))

    def offer_damaged(self) -> None:
        """Count a unit that cannot be used."""
        self._beginning.index += self._beginning.begun  # whoever decodes sees the gap
        self._outlet.board.count("decoded")
        self._outlet.board.count("corrupt")


def decode_seconds(unit: "Packet[VideoStream]") -> float | None:
    """Give the time at which a unit is to be decoded, in seconds of its stream; None where nothing is known."""
    ticks = unit.dts if unit.dts is not None else unit.pts
    return None if ticks is None or unit.time_base is None else float(ticks * unit.time_base)


def _lead(unit: "Packet[VideoStream]") -> float:
    """Give by how much a unit is decoded before it is shown, in seconds."""
    if unit.pts is None or unit.dts is None or unit.time_base is None:
        return 0.0
    return float((unit.pts - unit.dts) * unit.time_base)
