"""The archive's folder: which row stands in which file, and how a file is written again without doubling a row.

``<stream>/date=YYYY-MM-DD/camera=ID/<partition>-<first offset>.parquet``: day of capture in UTC; the first offset is
that of the file's segment of 4096 offsets. So the place of every message is fixed by the message alone, whoever
writes it and however the messages came in batches. A file is a set of rows: to write rows into it is to read what is
there, add what is missing and give the whole its name at once. Writing again changes nothing, after whatever crash.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from posestream.logs import get_log
from sinks.parquet_tables import Table
from sinks.partial_file import PartialFile

SEGMENT = 4096
"""Offsets of a partition whose rows share a file; fixed for ever, or rows would move."""
_IDENTITY = ("kafka_offset", "epoch", "frame_index", "captured_at")
_STREAM_ORDER = [("epoch", "ascending"), ("captured_at", "ascending"), ("kafka_offset", "ascending")]
_TEXTS = ["camera_id", "time_source", "skeleton", "model"]
_SECOND_NS = 1_000_000_000


def file_of(stream: str, camera_id: str, captured_at_ns: int, partition: int, offset: int) -> Path:
    """Give the place of a message's row, relative to the archive; ``camera_id`` was checked when it was read."""
    day = datetime.fromtimestamp(captured_at_ns // _SECOND_NS, UTC).date().isoformat()
    first = offset // SEGMENT * SEGMENT
    return Path(stream, f"date={day}", f"camera={camera_id}", f"{partition:04d}-{first:020d}.parquet")


def add_rows(archive: Path, place: Path, rows: Table) -> bool:
    """Bring rows into a file; False if all of them were there.

    Guarantee: the file is what it was or has all its rows, also after a crash of the machine.

    Raises:
        OSError: if the disk takes nothing; what was written so far is removed.
    """
    path = archive / place
    before = _read(path)
    if before is not None:
        known = set(_identities(before))
        missing = [row for row, identity in enumerate(_identities(rows)) if identity not in known]
        if not missing:
            return False
        rows = pa.concat_tables([before, rows.take(pa.array(missing, pa.int64()))])
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(PartialFile(path), rows.sort_by(_STREAM_ORDER))
    return True


@contextmanager
def partition_lock(archive: Path, stream: str, partition: int) -> Iterator[None]:
    """Keep others from writing files of a partition; raises BlockingIOError if another worker just does so.

    A worker that was thought dead may still be at it when another one has taken its partitions over.
    """
    folder = archive / stream
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{partition:04d}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _read(path: Path) -> Table | None:
    """Give a file's table, None without; one that cannot be read is moved aside: its rows may be all there is."""
    if not path.exists():
        return None
    try:
        with pq.ParquetFile(path) as file:
            return file.read()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as exc:
        aside = path.with_name(f"{path.name}.damaged")
        get_log("archive").error("file_is_damaged", file=str(path), moved_to=aside.name, reason=str(exc)[:200])
        path.replace(aside)
        return None


def _identities(table: Table) -> list[tuple[int, ...]]:
    """Give what makes a row the one it is; the offset alone would not do: a topic may have been made anew."""
    columns = [table.column(name) for name in _IDENTITY]
    whole = [column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column for column in columns]
    return list(zip(*(column.to_pylist() for column in whole), strict=True))


def _replace(file: PartialFile, rows: Table) -> None:
    floats = [f"{field.name}.list.element" for field in rows.schema if field.type == pa.list_(pa.float32())]
    try:
        pq.write_table(rows, file.part, compression="zstd", use_dictionary=_TEXTS, use_byte_stream_split=floats)
        _on_disk(file.part)
    except OSError:
        file.discard()
        raise
    file.part.replace(file.path)
    _on_disk(file.path.parent)


def _on_disk(path: Path) -> None:
    """Wait until the disk has a file or the names in a folder: the offsets are committed after that."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
