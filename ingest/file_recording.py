"""A clip, read frame by frame without loss."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ingest.container import open_file
from ingest.decode import Damage, decoded_frames, frame_rate, video_stream
from ingest.picture import PictureMaker
from ingest.report import ReadReport
from ingest.sampling import FrameSampler
from ingest.settings import ReadSettings
from ingest.timeline import Timeline
from posestream.errors import InputError
from posestream.schemas import Frame, FrameStamp, TimeSource

_DEFAULT_RATE = 25.0


class FileRecording:
    """One reading of a clip; iterate once.

    Gives every good frame that the sampling wants, in order. ``frame_index`` counts all decoded frames, damaged
    ones too, so the same file gives the same ids. After the end ``report`` says what was lost; a damaged clip
    raises only if not one frame could be read.
    """

    def __init__(self, path: Path, label: str, settings: ReadSettings, start_time_ns: int) -> None:
        self._label = label
        self._settings = settings
        self._maker = PictureMaker(settings)
        self._start_time_ns = start_time_ns
        self._container = open_file(path, label)
        try:
            self._stream = video_stream(self._container, label)
        except InputError:
            self._container.close()
            raise
        self._damage = Damage()
        self._decoded = 0
        self._corrupt = 0
        self._end_seconds = 0.0
        self._at_end = False
        self._closed = False
        # Taken now: PyAV's streams must not be touched once their container is closed.
        self._header_seconds = header_seconds(self._container, self._stream)
        self.frame_rate = frame_rate(self._stream)
        self.expected_frames = self._stream.frames or None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and end the iteration; may be called twice."""
        self._closed = True
        self._container.close()

    def __iter__(self) -> Iterator[Frame]:
        sampler = FrameSampler(self._settings.fps)
        interval = 1 / (self.frame_rate or _DEFAULT_RATE)
        timeline = Timeline(interval)
        for index, picture in enumerate(self._pictures()):
            pts_seconds = timeline.place(picture.time)
            self._end_seconds = pts_seconds + interval
            if picture.is_corrupt:
                self._corrupt += 1
                continue
            self._decoded += 1
            if sampler.take(pts_seconds):
                yield Frame(self._stamp(picture, index, pts_seconds), self._maker.image(picture))
        self._at_end = not self._closed
        if self._at_end and not self._decoded:
            raise InputError(f"{self._label}: not a video or picture that can be read (no frame could be decoded)")

    @property
    def report(self) -> ReadReport:
        """What was read until now; final once the iteration has ended."""
        reason = self._loss()
        return ReadReport(self._decoded, self._corrupt + self._damage.packets, reason is None, reason)

    def _pictures(self) -> Iterator[VideoFrame]:
        try:
            yield from decoded_frames(
                self._container, self._stream, self._label, self._damage, wanted=lambda: not self._closed
            )
        except InputError:
            self._damage.packets += 1  # the rest of the file cannot be read: the report says so

    def _stamp(self, picture: VideoFrame, index: int, pts_seconds: float) -> FrameStamp:
        width, height = self._maker.frame_size(picture)
        return FrameStamp(
            camera_id=self._settings.camera_id,
            epoch=0,
            frame_index=index,
            pts_seconds=pts_seconds,
            captured_at_ns=self._start_time_ns + round(pts_seconds * 1e9),
            time_source=TimeSource.FILE,
            width=width,
            height=height,
        )

    def _loss(self) -> str | None:
        if not self._at_end:
            return f"stopped after {self._decoded} frames"
        span = self._header_seconds
        tolerance = max(0.5, 3 / (self.frame_rate or _DEFAULT_RATE))
        if span is not None and self._end_seconds < span - tolerance:
            about = self.expected_frames or round(span * (self.frame_rate or _DEFAULT_RATE))
            return f"the file ends after {self._decoded} of about {about} frames"
        damaged = self._corrupt + self._damage.packets
        if damaged:
            return f"{damaged} frames are damaged; {self._decoded} are good"
        return None


def header_seconds(container: InputContainer, stream: VideoStream) -> float | None:
    """Give the video's length as the file's header says, None where it says nothing.

    An AVI's duration is guessed from the size of the file, its number of frames is not; Matroska says it in a tag.
    """
    rate = frame_rate(stream)
    if container.format.name == "avi" and stream.frames and rate:
        return stream.frames / rate
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return _tagged_seconds(stream.metadata.get("DURATION", ""))


def _tagged_seconds(text: str) -> float | None:
    try:
        hours, minutes, seconds = (float(part) for part in text.split(":"))
    except ValueError:
        return None
    return hours * 3600 + minutes * 60 + seconds
