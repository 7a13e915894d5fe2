"""How each kind of source is read and decoded; a reader ends by returning or raising InputError, and is run again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ingest.capture.fates import PassReason
from ingest.capture.feed import FrameFeed
from ingest.capture.order import CaptureOrder
from ingest.capture.outlet import Outlet
from ingest.container import guarded, open_file
from ingest.decode import frame_rate, is_timeless, set_time, video_stream
from ingest.folder import picture_paths, still_picture
from ingest.opening import open_live
from ingest.pace import Pace
from ingest.pattern_request import read_pattern
from ingest.source import SourceKind
from ingest.test_pattern import pattern_frames
from posestream.clock import Clock
from posestream.errors import InputError

_DEFAULT_RATE = 25.0


@dataclass(frozen=True)
class FrameReading:
    """What every reader works with."""

    order: CaptureOrder
    outlet: Outlet
    feed: FrameFeed
    clock: Clock


def read_frames(order: CaptureOrder, outlet: Outlet, clock: Clock) -> None:
    """Read until the source fails or nobody wants it any more; raises InputError."""
    kind = SourceKind.FOLDER if order.source.is_picture else order.source.kind
    try:
        _READERS[kind](FrameReading(order, outlet, FrameFeed(order.settings, outlet), clock))
    finally:
        outlet.close_round()


def _read_camera(reading: FrameReading) -> None:
    source, attempt = reading.order.source, reading.outlet.attempt
    with open_live(source, reading.order.deadlines) as container:
        stream = video_stream(container, source.label)
        rate = frame_rate(stream)
        attempt.opened(rate)
        reading.feed.begin(rate, still=False)
        pace = Pace(reading.clock, attempt, rate or _DEFAULT_RATE) if source.comes_in_bursts else None
        for frame in _frames(reading, container, stream, camera=True):
            if pace is None or pace.wait(frame.time):
                reading.feed.offer(frame, frame.time)
    if attempt.wanted():
        raise InputError(f"{source.label}: the camera ended the stream")


def _draw_pattern(reading: FrameReading) -> None:
    attempt, request = reading.outlet.attempt, read_pattern(reading.order.source.address)
    attempt.opened(request.fps)
    reading.feed.begin(request.fps, still=False)
    for frame in pattern_frames(request, reading.clock, attempt.pause_until):
        reading.outlet.board.count("packets")
        reading.feed.offer(frame, frame.time)


def _play_file(reading: FrameReading) -> None:
    """Play a clip in real time, again and again, each round a new epoch."""
    source, attempt = reading.order.source, reading.outlet.attempt
    while attempt.wanted():
        with open_file(Path(source.address), source.label) as container:
            stream = video_stream(container, source.label)
            rate = frame_rate(stream)
            attempt.opened(rate)
            reading.feed.begin(rate, still=False)
            pace = Pace(reading.clock, attempt, rate or _DEFAULT_RATE)
            try:
                for frame in _frames(reading, container, stream):
                    if pace.wait(frame.time):
                        reading.feed.offer(frame, frame.time)
            except InputError:
                if not pace.played:  # a damaged end is no reason to stop playing the rest
                    raise
        reading.outlet.close_round()
        pace.finish_round(source.label)


def _play_folder(reading: FrameReading) -> None:
    """Show the pictures at the wanted rate, again and again, each round a new epoch."""
    source, attempt, board = reading.order.source, reading.outlet.attempt, reading.outlet.board
    rate = reading.order.settings.fps or 1.0
    while attempt.wanted():
        paths = picture_paths(source)
        attempt.opened(rate)
        reading.feed.begin(rate, still=True)
        pace = Pace(reading.clock, attempt, rate)
        for index, path in enumerate(paths):
            board.count("packets")
            try:
                picture = still_picture(path)
            except InputError:
                board.count_passed(PassReason.UNDECODABLE)
                continue
            if pace.wait(index / rate):
                reading.feed.offer(picture, index / rate)
        reading.outlet.close_round()
        pace.finish_round(source.label)


def _frames(
    reading: FrameReading, container: InputContainer, stream: VideoStream, *, camera: bool = False
) -> Iterator[VideoFrame]:
    """Yield every frame, damaged ones too; packets and those that the decoder refuses are counted.

    Raises:
        InputError: when the container cannot be read on, after all frames that were in the decoder.
    """
    label, board = reading.order.source.label, reading.outlet.board
    packets = container.demux(stream)
    while reading.outlet.attempt.wanted():
        try:
            packet = guarded(lambda: next(packets, None), label, camera=camera)
        except InputError:
            yield from _decoded(reading, stream, None)
            raise
        if packet is None:
            return
        board["start_realtime_us"] = container.start_time_realtime or 0
        board.count("packets", packet.size > 0)
        frames = _decoded(reading, stream, packet)
        if camera and is_timeless(container):
            set_time(frames, reading.clock.monotonic())
        yield from frames


def _decoded(reading: FrameReading, stream: VideoStream, packet: "Packet[VideoStream] | None") -> list[VideoFrame]:
    try:
        return guarded(lambda: stream.codec_context.decode(packet), reading.order.source.label)
    except InputError:
        if packet is not None and packet.size:
            reading.outlet.board.count_passed(PassReason.UNDECODABLE)
        return []


_READERS: dict[SourceKind, Callable[[FrameReading], None]] = {
    SourceKind.RTSP: _read_camera,
    SourceKind.MJPEG: _read_camera,
    SourceKind.HLS: _read_camera,
    SourceKind.DEVICE: _read_camera,
    SourceKind.TEST: _draw_pattern,
    SourceKind.FILE: _play_file,
    SourceKind.FOLDER: _play_folder,
}
