"""From the access units of one connect to stamped messages: nothing is decoded here."""

from collections.abc import Callable
from dataclasses import dataclass

from av.packet import Packet
from av.video.stream import VideoStream

from ingest.attempt import Attempt
from ingest.status import CameraLedger, CameraState
from ingest.timeline import Timeline
from posestream.messaging.frame_message import FrameMessage
from posestream.schemas import FrameStamp, TimeSource

_DEFAULT_RATE = 25.0
# A stream that never marks a keyframe (intra refresh) is clean after about this many pictures.
_KEYFRAME_PATIENCE = 150


@dataclass(frozen=True)
class StreamFacts:
    """What a stream's head says: codec, size in pixels as coded, frames a second."""

    codec: str
    width: int
    height: int
    fps: float | None


class PacketFeed:
    """Counts, stamps and hands on the access units of one attempt; used by its reader thread only.

    All are handed on: which pictures are looked at is decided where they are decoded. ``frame_index`` counts access
    units, in the order of decoding. With B-frames that is not the order of presentation: ``pts_seconds`` goes back
    and forth then, while epoch, frame_index and captured_at rise from message to message.
    Guarantee: at most once. Units before the first keyframe are passed over uncounted.
    """

    def __init__(
        self, camera_id: str, ledger: CameraLedger, attempt: Attempt, hand_on: Callable[[FrameMessage], None]
    ) -> None:
        self._camera_id = camera_id
        self._ledger = ledger
        self._attempt = attempt
        self._hand_on = hand_on
        self.begin(StreamFacts("none", 1, 1, None))

    def begin(self, facts: StreamFacts) -> None:
        """Start a new epoch: a new connect, or the next round of a clip."""
        self._facts = facts
        self._timeline = Timeline(1 / (facts.fps or _DEFAULT_RATE))
        self._epoch: int | None = None
        self._index = -1
        self._before_keyframe = 0
        self._first_lead = 0.0

    def offer(self, unit: "Packet[VideoStream]") -> None:
        """Take one access unit."""
        if not self._attempt.wanted() or not self._begun(unit):
            return
        self._index += 1
        self._ledger.note_decoded(corrupt=False)
        pts_seconds = self._place(unit)
        self._attempt.frame_came()
        self._attempt.deliver(lambda: self._send(unit, pts_seconds))

    def offer_damaged(self) -> None:
        """Count a unit that cannot be used."""
        self._index += self._epoch is not None  # whoever decodes sees the gap
        self._ledger.note_decoded(corrupt=True)

    def _begun(self, unit: "Packet[VideoStream]") -> bool:
        if self._epoch is None:
            if not unit.is_keyframe and self._before_keyframe < _KEYFRAME_PATIENCE:
                self._before_keyframe += 1
                return False
            self._epoch = self._ledger.begin_epoch(self._facts.fps)
            self._first_lead = _lead(unit)
        return True

    def _place(self, unit: "Packet[VideoStream]") -> float:
        """Give the time of presentation, 0 for the first unit: the time of decoding is what rises evenly."""
        return self._timeline.place(decode_seconds(unit)) + _lead(unit) - self._first_lead

    def _send(self, unit: "Packet[VideoStream]", pts_seconds: float) -> None:
        self._ledger.note_state(CameraState.LIVE)
        with self._ledger.in_order:
            stamp = FrameStamp(
                camera_id=self._camera_id,
                epoch=self._epoch or 0,
                frame_index=self._index,
                pts_seconds=pts_seconds,
                captured_at_ns=self._ledger.captured_at_ns(),
                time_source=TimeSource.ARRIVAL,
                width=self._facts.width,
                height=self._facts.height,
            )
            self._ledger.note_sampled(stamp)
            self._hand_on(FrameMessage(stamp, self._facts.codec, unit.is_keyframe, bytes(unit)))


def decode_seconds(unit: "Packet[VideoStream]") -> float | None:
    """Give the time at which a unit is to be decoded, in seconds of its stream; None where nothing is known."""
    ticks = unit.dts if unit.dts is not None else unit.pts
    return None if ticks is None or unit.time_base is None else float(ticks * unit.time_base)


def _lead(unit: "Packet[VideoStream]") -> float:
    """Give by how much a unit is decoded before it is shown, in seconds."""
    if unit.pts is None or unit.dts is None or unit.time_base is None:
        return 0.0
    return float((unit.pts - unit.dts) * unit.time_base)
