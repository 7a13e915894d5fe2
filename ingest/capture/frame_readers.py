"""How each kind of source is read and decoded; a reader ends by returning or raising InputError, and is run again."""

from collections.abc import Callable
from pathlib import Path

from ingest.capture.camera_reader import read_camera
from ingest.capture.fates import PassReason
from ingest.capture.feed import FrameFeed
from ingest.capture.frame_reading import FrameReading, frames_of
from ingest.capture.order import CaptureOrder
from ingest.capture.outlet import Outlet
from ingest.container import open_file
from ingest.decode import frame_rate, video_stream
from ingest.drawn_pattern import pattern_frames
from ingest.folder import picture_paths, still_picture
from ingest.pace import Pace
from ingest.pattern_request import read_pattern
from ingest.source import SourceKind
from posestream.clock import Clock
from posestream.errors import InputError

_DEFAULT_RATE = 25.0


def read_frames(order: CaptureOrder, outlet: Outlet, clock: Clock) -> None:
    """Read until the source fails or nobody wants it any more; raises InputError."""
    kind = SourceKind.FOLDER if order.source.is_picture else order.source.kind
    try:
        _READERS[kind](FrameReading(order, outlet, FrameFeed(order.settings, outlet), clock))
    finally:
        outlet.close_round()


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
                for frame in frames_of(reading, container, stream):
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


_READERS: dict[SourceKind, Callable[[FrameReading], None]] = {
    SourceKind.RTSP: read_camera,
    SourceKind.MJPEG: read_camera,
    SourceKind.HLS: read_camera,
    SourceKind.DEVICE: read_camera,
    SourceKind.TEST: _draw_pattern,
    SourceKind.FILE: _play_file,
    SourceKind.FOLDER: _play_folder,
}
