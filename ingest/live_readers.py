"""How each kind of source is read live; a reader ends by returning or raising InputError, and is then run again."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest.attempt import Attempt
from ingest.container import open_camera, open_file
from ingest.deadlines import LiveDeadlines
from ingest.decode import Damage, decoded_frames, frame_rate, video_stream
from ingest.feed import CameraFeed
from ingest.folder import picture_paths, still_picture
from ingest.pace import Pace
from ingest.settings import ReadSettings
from ingest.source import Source, SourceKind
from posestream.clock import Clock
from posestream.errors import InputError

_DEFAULT_RATE = 25.0


@dataclass(frozen=True)
class LiveReading:
    """What every reader works with."""

    source: Source
    settings: ReadSettings
    deadlines: LiveDeadlines
    clock: Clock
    attempt: Attempt
    feed: CameraFeed


def read_live(reading: LiveReading) -> None:
    """Read until the source fails or nobody wants it any more; raises InputError."""
    source = reading.source
    kind = SourceKind.FOLDER if source.is_picture else source.kind
    _READERS[kind](reading)


def _read_camera(reading: LiveReading) -> None:
    source, attempt, deadlines = reading.source, reading.attempt, reading.deadlines
    read_s = max(deadlines.first_frame_s, deadlines.next_frame_s)
    with open_camera(source.address, source.label, deadlines.open_s, read_s) as container:
        stream = video_stream(container, source.label)
        rate = frame_rate(stream)
        attempt.opened(rate)
        reading.feed.begin(rate, still=False)
        frames = decoded_frames(container, stream, source.label, Damage(), wanted=attempt.wanted, camera=True)
        for picture in frames:
            reading.feed.offer(picture, picture.time)
    if attempt.wanted():
        raise InputError(f"{source.label}: the camera ended the stream")


def _play_file(reading: LiveReading) -> None:
    """Play a clip in real time, again and again, each round a new epoch."""
    source, attempt = reading.source, reading.attempt
    while attempt.wanted():
        with open_file(Path(source.address), source.label) as container:
            stream = video_stream(container, source.label)
            rate = frame_rate(stream)
            attempt.opened(rate)
            reading.feed.begin(rate, still=False)
            pace = Pace(reading.clock, attempt, rate or _DEFAULT_RATE)
            try:
                for picture in decoded_frames(container, stream, source.label, Damage(), wanted=attempt.wanted):
                    if pace.wait(picture.time):
                        reading.feed.offer(picture, picture.time)
            except InputError:
                if not pace.played:  # a damaged end is no reason to stop playing the rest
                    raise
        pace.finish_round(source.label)


def _play_folder(reading: LiveReading) -> None:
    """Show the pictures at the wanted rate, again and again, each round a new epoch."""
    source, attempt = reading.source, reading.attempt
    rate = reading.settings.fps or 1.0
    while attempt.wanted():
        paths = picture_paths(source)
        attempt.opened(rate)
        reading.feed.begin(rate, still=True)
        pace = Pace(reading.clock, attempt, rate)
        for index, path in enumerate(paths):
            try:
                picture = still_picture(path)
            except InputError:
                continue
            if pace.wait(index / rate):
                reading.feed.offer(picture, index / rate)
        pace.finish_round(source.label)


_READERS: dict[SourceKind, Callable[[LiveReading], None]] = {
    SourceKind.RTSP: _read_camera,
    SourceKind.FILE: _play_file,
    SourceKind.FOLDER: _play_folder,
}
