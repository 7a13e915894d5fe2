"""How each kind of source is read without decoding; a reader ends by returning or raising InputError."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from ingest.access_units import AccessUnits
from ingest.capture.order import CaptureOrder
from ingest.capture.outlet import Outlet
from ingest.capture.packet_feed import PacketFeed, StreamFacts, decode_seconds
from ingest.container import guarded, open_file
from ingest.decode import frame_rate, is_timeless, set_packet_time, video_stream
from ingest.opening import open_live
from ingest.pace import Pace
from ingest.source import SourceKind
from posestream.clock import Clock
from posestream.errors import InputError

_DEFAULT_RATE = 25.0


@dataclass(frozen=True)
class PacketReading:
    """What every reader works with."""

    order: CaptureOrder
    outlet: Outlet
    feed: PacketFeed
    clock: Clock


def read_packets(order: CaptureOrder, outlet: Outlet, clock: Clock) -> None:
    """Read a camera or a clip until it fails or nobody wants it any more; raises InputError."""
    reading = PacketReading(order, outlet, PacketFeed(outlet), clock)
    try:
        if order.source.kind is SourceKind.TEST:
            raise InputError(f"{order.source.label}: a test pattern has no packets; use kafka.transport: jpeg")
        if order.source.kind is SourceKind.FILE:
            _play_file(reading)
        else:
            _read_camera(reading)
    finally:
        outlet.close_round()


def _read_camera(reading: PacketReading) -> None:
    source, attempt = reading.order.source, reading.outlet.attempt
    with open_live(source, reading.order.deadlines) as container:
        stream, units = _opened(reading, container)
        rate = frame_rate(stream) or _DEFAULT_RATE
        pace = Pace(reading.clock, attempt, rate) if source.comes_in_bursts else None
        for packet in _packets(reading, container, stream, camera=True):
            _offer(reading, units, packet, pace)
    if attempt.wanted():
        raise InputError(f"{source.label}: the camera ended the stream")


def _play_file(reading: PacketReading) -> None:
    """Play a clip in real time, again and again, each round a new epoch."""
    source, attempt = reading.order.source, reading.outlet.attempt
    while attempt.wanted():
        with open_file(Path(source.address), source.label) as container:
            stream, units = _opened(reading, container)
            pace = Pace(reading.clock, attempt, frame_rate(stream) or _DEFAULT_RATE)
            try:
                for packet in _packets(reading, container, stream):
                    _offer(reading, units, packet, pace)
            except InputError:
                if not pace.played:  # a damaged end is no reason to stop playing the rest
                    raise
        reading.outlet.close_round()
        pace.finish_round(source.label)


def _opened(reading: PacketReading, container: InputContainer) -> tuple[VideoStream, AccessUnits]:
    label = reading.order.source.label
    stream = video_stream(container, label)
    units = AccessUnits(stream, label)
    context, rate = stream.codec_context, frame_rate(stream)
    if min(context.width, context.height) < 1:
        raise InputError(f"{label}: the stream does not say how large its pictures are")
    reading.outlet.attempt.opened(rate)
    reading.feed.begin(StreamFacts(units.codec, context.width, context.height, rate))
    return stream, units


def _packets(
    reading: PacketReading, container: InputContainer, stream: VideoStream, *, camera: bool = False
) -> "Iterator[Packet[VideoStream]]":
    packets = container.demux(stream)
    while reading.outlet.attempt.wanted():
        packet = guarded(lambda: next(packets, None), reading.order.source.label, camera=camera)
        if packet is None:
            return
        if camera and is_timeless(container):
            set_packet_time(packet, reading.clock.monotonic())
        reading.outlet.board["start_realtime_us"] = container.start_time_realtime or 0
        reading.outlet.board.count("packets", packet.size > 0)
        yield packet


def _offer(reading: PacketReading, units: AccessUnits, packet: "Packet[VideoStream]", pace: Pace | None) -> None:
    try:
        whole = units.of(packet)
    except InputError:
        reading.feed.offer_damaged()
        return
    for unit in whole:
        if pace is None or pace.wait(decode_seconds(unit)):
            reading.feed.offer(unit)
