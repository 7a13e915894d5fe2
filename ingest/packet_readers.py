"""How a source is read live without decoding; a reader ends by returning or raising InputError, and is run again."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from ingest.access_units import AccessUnits
from ingest.attempt import Attempt
from ingest.container import guarded, open_camera, open_file
from ingest.deadlines import LiveDeadlines
from ingest.decode import frame_rate, video_stream
from ingest.pace import Pace
from ingest.packet_feed import PacketFeed, StreamFacts, decode_seconds
from ingest.source import Source, SourceKind
from posestream.clock import Clock
from posestream.errors import InputError

_DEFAULT_RATE = 25.0


@dataclass(frozen=True)
class PacketReading:
    """What every reader works with."""

    source: Source
    deadlines: LiveDeadlines
    clock: Clock
    attempt: Attempt
    feed: PacketFeed


def read_packets(reading: PacketReading) -> None:
    """Read a camera or a clip until it fails or nobody wants it any more; raises InputError."""
    if reading.source.kind is SourceKind.RTSP:
        _read_camera(reading)
    else:
        _play_file(reading)


def _read_camera(reading: PacketReading) -> None:
    source, attempt, deadlines = reading.source, reading.attempt, reading.deadlines
    read_s = max(deadlines.first_frame_s, deadlines.next_frame_s)
    with open_camera(source.address, source.label, deadlines.open_s, read_s) as container:
        stream, units = _opened(reading, container)
        for packet in _packets(reading, container, stream):
            _offer(reading, units, packet, None)
    if attempt.wanted():
        raise InputError(f"{source.label}: the camera ended the stream")


def _play_file(reading: PacketReading) -> None:
    """Play a clip in real time, again and again, each round a new epoch."""
    source, attempt = reading.source, reading.attempt
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
        pace.finish_round(source.label)


def _opened(reading: PacketReading, container: InputContainer) -> tuple[VideoStream, AccessUnits]:
    stream = video_stream(container, reading.source.label)
    units = AccessUnits(stream, reading.source.label)
    context, rate = stream.codec_context, frame_rate(stream)
    if min(context.width, context.height) < 1:
        raise InputError(f"{reading.source.label}: the stream does not say how large its pictures are")
    reading.attempt.opened(rate)
    reading.feed.begin(StreamFacts(units.codec, context.width, context.height, rate))
    return stream, units


def _packets(reading: PacketReading, container: InputContainer, stream: VideoStream) -> "Iterator[Packet[VideoStream]]":
    is_camera = reading.source.kind is SourceKind.RTSP
    packets = container.demux(stream)
    while reading.attempt.wanted():
        packet = guarded(lambda: next(packets, None), reading.source.label, camera=is_camera)
        if packet is None:
            return
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
