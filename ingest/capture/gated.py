"""What of a live stream is decoded and handed on: everything while something moves, keyframes or nothing at rest."""

from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ingest.capture.board import Board
from ingest.capture.fates import PassReason
from ingest.capture.picture_looks import small_luma
from ingest.gate.gop_buffer import GopBuffer
from ingest.gate.motion_gate import MotionGate

# At rest a look twice a second is enough.
_KEYFRAME_SECONDS = 0.45


class GatedPackets:
    """A motion gate on a stream's packets, between the demuxer and the decoder; used by the reader's thread."""

    def __init__(self, board: Board, gate: MotionGate) -> None:
        self._board, self._gate = board, gate
        self._kept = GopBuffer()
        self._skipping = False
        self._decoded_at = -1e9

    def due(self, packet: "Packet[VideoStream]", now: float) -> "list[Packet[VideoStream]]":
        """Give the packets that are to be decoded now that this one came: none, it alone, or those kept before, too."""
        gate, is_keyframe = self._gate, bool(packet.is_keyframe)
        gate.packet(packet.size, is_keyframe=is_keyframe, now=now)
        gate.turn(may_rest=now < self._board["rest_until"], now=now)
        self._board["idle"] = gate.resting
        if is_keyframe:
            self.drop()
            self._skipping = gate.may_skip
            if gate.resting and now - self._decoded_at < _KEYFRAME_SECONDS:  # of a stream of little else
                self._skipping = True
                self._kept.keep(packet)
                return []
        elif self._skipping and gate.may_skip and not self._kept.is_full:
            self._kept.keep(packet)
            return []
        elif self._skipping:
            self._skipping = False
        self._decoded_at = now
        return [*self._kept.take(), packet]

    def drop(self) -> None:
        """Count what was kept as not decoded: a keyframe or the end came before it was needed."""
        self._board.count_passed(PassReason.NOT_DECODED, len(self._kept.take()))

    def is_unmoved(self, frame: VideoFrame, now: float, *, is_late: bool) -> bool:
        """Look at a decoded frame and tell whether it need not be handed on; ``is_late``: it was kept before."""
        gate = self._gate
        if is_late:
            return True
        if gate.wants_look(now) and not frame.is_corrupt:
            luma = small_luma(frame)
            if luma is not None:
                gate.look(luma, now)
        return not gate.passes(now)
