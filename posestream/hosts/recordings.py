"""Recordings to send again: which files there are, whose they are, and their events in the order of capture."""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from posestream.errors import InputError, UsageError
from posestream.hosts.poses_lines import poses_in
from posestream.schemas import Poses, Tracks
from sinks.parquet_reader import ArchiveFile, events_of, look_into

Event = Poses | Tracks
POSES = "poses"


@dataclass(frozen=True)
class Recording:
    """One file of one camera; ``rows`` is None where only reading tells."""

    path: Path
    camera_id: str
    begins: tuple[int, int]
    rows: int | None
    open: Callable[[], Iterator[Event]]


def find_recordings(places: Sequence[Path], stream: str) -> list[Recording]:
    """Give the recordings of a stream among files and folders; a file that is named twice counts once.

    Raises:
        UsageError: if a file that was named holds the other stream.
        InputError: if a place is not there, a file cannot be read, or there is nothing.
    """
    found: dict[Path, Recording] = {}
    for place in places:
        if not place.exists():
            raise InputError(f"{place}: there is no such file or folder")
        for path in _files(place, stream):
            recording = _recording(path, stream, named=not place.is_dir())
            if recording is not None:
                found.setdefault(path.resolve(), recording)
    if not found:
        raise InputError(f"{', '.join(map(str, places))}: no recorded {stream} in there")
    return list(found.values())


def in_order(recordings: Sequence[Recording]) -> Iterator[Event]:
    """Give all events in the order of capture across cameras, each camera's own order kept.

    One file of each camera is open at a time. Raises InputError if a file turns out to be damaged.
    """
    cameras: dict[str, list[Recording]] = defaultdict(list)
    for recording in recordings:
        cameras[recording.camera_id].append(recording)
    chains = [_chain(sorted(files, key=lambda file: (*file.begins, file.path.name))) for files in cameras.values()]
    return heapq.merge(*chains, key=captured_at_ns)


def captured_at_ns(event: Event) -> int:
    """Give the capture time of an event."""
    return poses_of(event).stamp.captured_at_ns


def poses_of(event: Event) -> Poses:
    """Give the Poses of an event."""
    return event.poses if isinstance(event, Tracks) else event


def _chain(files: Sequence[Recording]) -> Iterator[Event]:
    for file in files:
        yield from file.open()


def _files(place: Path, stream: str) -> list[Path]:
    if not place.is_dir():
        return [place]
    patterns = ["*.parquet", "poses.jsonl"] if stream == POSES else ["*.parquet"]
    return sorted(path for pattern in patterns for path in place.rglob(pattern))


def _recording(path: Path, stream: str, *, named: bool) -> Recording | None:
    if path.suffix == ".jsonl":
        if stream != POSES:
            raise UsageError(f"{path}: holds poses: use --stream poses")
        return _lines(path)
    file = look_into(path)
    if file is None:
        return None
    if file.stream != stream:
        if named:
            raise UsageError(f"{path}: holds {file.stream}: use --stream {file.stream}")
        return None
    return _archived(file)


def _archived(file: ArchiveFile) -> Recording:
    return Recording(file.path, file.camera_id, file.begins, file.rows, lambda: events_of(file))


def _lines(path: Path) -> Recording | None:
    first = next(islice(poses_in(path), 1), None)
    if first is None:
        return None
    stamp = first.stamp
    return Recording(path, stamp.camera_id, (stamp.epoch, stamp.captured_at_ns), None, lambda: poses_in(path))
