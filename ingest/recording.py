"""Recordings: clips and pictures that are read from beginning to end, without loss."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from ingest.file_recording import FileRecording
from ingest.folder import FolderRecording, picture_paths
from ingest.report import ReadReport
from ingest.settings import ReadSettings
from ingest.source import Source, SourceKind
from posestream.errors import InputError, UsageError
from posestream.schemas import Frame

__all__ = ["ReadReport", "Recording", "open_folder", "open_recording"]


class Recording(Protocol):
    """A context manager whose iteration gives posestream Frames once, epoch 0, times from the file.

    ``expected_frames`` is what the header promises, None where it promises nothing; ``report`` is final after the
    iteration. The same input gives the same stamps.
    """

    expected_frames: int | None
    frame_rate: float | None

    @property
    def report(self) -> ReadReport:
        """What was read and what was lost."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __iter__(self) -> Iterator[Frame]: ...

    def close(self) -> None:
        """Close what is open; may be called twice."""
        ...


def open_recording(source: Source, settings: ReadSettings, start_time_ns: int | None = None) -> Recording:
    """Open a clip, a picture or a folder of pictures for reading from beginning to end.

    Args:
        source: FILE or FOLDER.
        settings: size, rate and privacy.
        start_time_ns: UTC nanoseconds of the first frame; None: the file's time of modification.

    Raises:
        UsageError: if the source is a camera.
        InputError: if it cannot be read at all.
    """
    if source.is_live:
        raise UsageError(f"{source.label}: a camera has no end; wanted a file or a folder")
    if source.kind is SourceKind.FOLDER or source.is_picture:
        return open_folder(source, settings, start_time_ns)
    started = _start_time(source, start_time_ns)
    return FileRecording(Path(source.address), source.label, settings, started)


def open_folder(source: Source, settings: ReadSettings, start_time_ns: int | None = None) -> FolderRecording:
    """Open the pictures of a folder, or a single picture; arguments and errors as open_recording."""
    return FolderRecording(picture_paths(source), source.label, settings, _start_time(source, start_time_ns))


def _start_time(source: Source, start_time_ns: int | None) -> int:
    if start_time_ns is not None:
        return start_time_ns
    try:
        return Path(source.address).stat().st_mtime_ns
    except OSError:
        pass  # raised below, so that no chained error says it twice
    raise InputError(f"{source.label}: there is no such file or folder")
