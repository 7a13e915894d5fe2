"""A folder of pictures, or a single one, read in the order of their names."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from av.video.frame import VideoFrame

from ingest.container import open_picture
from ingest.decode import Damage, decoded_frames, video_stream
from ingest.picture import PictureMaker
from ingest.report import ReadReport
from ingest.sampling import FrameSampler
from ingest.settings import ReadSettings
from ingest.source import PICTURE_SUFFIXES, Source, SourceKind
from posestream.errors import InputError
from posestream.schemas import Frame, FrameStamp, TimeSource

_NAMED_IN_REPORT = 5


class FolderRecording:
    """One reading of a folder's pictures as full-colour frames, one a second; iterate once.

    ``frame_index`` is the picture's place in ``picture_names``, unreadable ones included, so the name of a
    frame's picture is ``picture_names[frame_index]``. An unreadable picture is counted and named in the report.
    """

    frame_rate: float | None = 1.0

    def __init__(self, paths: list[Path], label: str, settings: ReadSettings, start_time_ns: int) -> None:
        self._paths = paths
        self._label = label
        self._settings = settings
        self._maker = PictureMaker(settings, still=True)
        self._start_time_ns = start_time_ns
        self._decoded = 0
        self._unreadable: list[str] = []
        self._at_end = False
        self.expected_frames: int | None = len(paths)
        self.picture_names = tuple(path.name for path in paths)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing stays open between two pictures."""

    def __iter__(self) -> Iterator[Frame]:
        sampler = FrameSampler(self._settings.fps)
        for index, path in enumerate(self._paths):
            try:
                picture = still_picture(path)
                image = self._maker.image(picture) if sampler.take(float(index)) else None
            except InputError:
                self._unreadable.append(path.name)
                continue
            self._decoded += 1
            if image is not None:
                yield Frame(self._stamp(picture, index), image)
        self._at_end = True
        if not self._decoded:
            raise InputError(f"{self._label}: not a video or picture that can be read")

    @property
    def report(self) -> ReadReport:
        """What was read until now; final once the iteration has ended."""
        reason = self._loss()
        return ReadReport(self._decoded, len(self._unreadable), reason is None, reason)

    def _stamp(self, picture: VideoFrame, index: int) -> FrameStamp:
        width, height = self._maker.frame_size(picture)
        return FrameStamp(
            camera_id=self._settings.camera_id,
            epoch=0,
            frame_index=index,
            pts_seconds=float(index),
            captured_at_ns=self._start_time_ns + index * 1_000_000_000,
            time_source=TimeSource.FILE,
            width=width,
            height=height,
        )

    def _loss(self) -> str | None:
        if not self._at_end:
            return f"stopped after {self._decoded} pictures"
        if not self._unreadable:
            return None
        names = ", ".join(self._unreadable[:_NAMED_IN_REPORT])
        more = len(self._unreadable) - _NAMED_IN_REPORT
        rest = f" and {more} more" if more > 0 else ""
        return f"{len(self._unreadable)} of {len(self._paths)} pictures cannot be read: {names}{rest}"


def picture_paths(source: Source) -> list[Path]:
    """Give the pictures of a folder sorted by name, or the single picture; raises InputError if there is none."""
    place = Path(source.address)
    if source.kind is SourceKind.FILE:
        return [place]
    try:
        found = sorted(path for path in place.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file())
    except OSError:
        found = []
    if not found:
        raise InputError(f"{source.label}: there is no picture in this folder ({', '.join(sorted(PICTURE_SUFFIXES))})")
    return found


def still_picture(path: Path) -> VideoFrame:
    """Decode one picture; raises InputError if it cannot be read or is damaged."""
    label = str(path)
    with open_picture(path, label) as container:
        stream = video_stream(container, label)
        for frame in decoded_frames(container, stream, label, Damage()):
            if not frame.is_corrupt:
                return frame
    raise InputError(f"{label}: not a video or picture that can be read")
