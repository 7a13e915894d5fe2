"""From a container to decoded frames, every packet counted."""

from collections.abc import Iterator
from dataclasses import dataclass

from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ingest.capture.fates import PassReason
from ingest.capture.feed import FrameFeed
from ingest.capture.order import CaptureOrder
from ingest.capture.outlet import Outlet
from ingest.container import guarded
from posestream.clock import Clock
from posestream.errors import InputError


@dataclass(frozen=True)
class FrameReading:
    """What every reader works with."""

    order: CaptureOrder
    outlet: Outlet
    feed: FrameFeed
    clock: Clock


def demuxed(
    reading: FrameReading, container: InputContainer, stream: VideoStream, *, camera: bool = False
) -> "Iterator[Packet[VideoStream]]":
    """Yield packets as long as they are wanted, the last one empty at a clip's end; raises InputError."""
    label, board = reading.order.source.label, reading.outlet.board
    packets = container.demux(stream)
    while reading.outlet.attempt.wanted():
        packet = guarded(lambda: next(packets, None), label, camera=camera)
        if packet is None:
            return
        board["start_realtime_us"] = container.start_time_realtime or 0
        board.count("packets", packet.size > 0)
        yield packet


def decoded(reading: FrameReading, stream: VideoStream, packet: "Packet[VideoStream] | None") -> list[VideoFrame]:
    """Decode a packet, None: give what is left in the decoder. One that is refused is counted."""
    try:
        return guarded(lambda: stream.codec_context.decode(packet), reading.order.source.label)
    except InputError:
        if packet is not None and packet.size:
            reading.outlet.board.count_passed(PassReason.UNDECODABLE)
        return []


def frames_of(reading: FrameReading, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield every frame of a clip, damaged ones too.

    Raises:
        InputError: when the container cannot be read on, after all frames that were in the decoder.
    """
    try:
        for packet in demuxed(reading, container, stream):
            yield from decoded(reading, stream, packet)
    except InputError:
        yield from decoded(reading, stream, None)
        raise
