"""The archive's folder: which row stands where, and how rows are written once, whatever is killed when.

``<stream>/date=YYYY-MM-DD/camera=ID/<partition>-<first offset>.parquet``: day of capture in UTC; partition and offset
of the message that is the first row. Files of a partition hold rows in the order of their offsets. Before rows are
written it is looked up which of them are there already: a set of rows does not change when some are added again, so a
batch that comes again after a crash, even cut otherwise, adds what is missing and nothing else.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from posestream.logs import get_log
from sinks.parquet_schema import float_columns
from sinks.parquet_tables import Table
from sinks.partial_file import PartialFile

_IDENTITY = ("kafka_offset", "epoch", "frame_index", "captured_at")
_TEXTS = ["camera_id", "time_source", "skeleton", "model"]
_SECOND_NS = 1_000_000_000

_NOT_OURS = (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError, KeyError, ValueError)

Identity = tuple[int, ...]
"""What makes a row the one it is; the offset alone would not do: a topic may have been made anew."""


class _Damaged(Exception):
    """A file of the archive's names that cannot be read, or holds something else."""


def folder_of(stream: str, camera_id: str, captured_at_ns: int) -> Path:
    """Give the folder of a message's row, relative to the archive; ``camera_id`` was checked when it was read."""
    day = datetime.fromtimestamp(captured_at_ns // _SECOND_NS, UTC).date().isoformat()
    return Path(stream, f"date={day}", f"camera={camera_id}")


def file_name(partition: int, first_offset: int) -> str:
    """Give the name of a file; names of a partition sort as its offsets do."""
    return f"{partition:04d}-{first_offset:020d}.parquet"


def add_rows(folder: Path, partition: int, rows: Table) -> bool:
    """Bring rows (at least one, in the order of their offsets) into a new file; False if all of them were there.

    Guarantee: files get their name when they are whole and on the disk. Call it under the partition's lock.

    Raises:
        OSError: if the disk takes nothing; what was written so far is removed.
    """
    identities = _identities(rows)
    there = _there(folder, partition, identities[0][0], identities[-1][0])
    missing = [row for row, identity in enumerate(identities) if identity not in there]
    if not missing:
        return False
    if len(missing) < len(identities):
        rows = rows.take(pa.array(missing, pa.int64()))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(partition, identities[missing[0]][0])
    try:
        # Of that name there is a file only where a topic was made anew: it keeps its rows.
        _write(PartialFile(path), path, rows)
    except _Damaged as exc:
        _move_aside(path, exc)
        _write(PartialFile(path), path, rows)
    return True


@contextmanager
def partition_lock(archive: Path, stream: str, partition: int) -> Iterator[None]:
    """Keep others from writing rows of a partition; raises BlockingIOError if another worker just does so.

    A worker that was thought dead may still be at it when another one has taken its partitions over.
    """
    folder = archive / stream
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{partition:04d}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _there(folder: Path, partition: int, first: int, last: int) -> set[Identity]:
    """Give the rows that stand in files with offsets from ``first`` to ``last``.

    Files of a partition do not overlap: the newest are looked at first, up to one that lies wholly before.
    """
    upper = file_name(partition, last)
    names = sorted((path.name for path in folder.glob(f"{partition:04d}-*.parquet")), reverse=True)
    there: set[Identity] = set()
    for name in names:
        if name > upper:
            continue
        try:
            found = _identities_in(folder / name)
        except _Damaged as exc:
            _move_aside(folder / name, exc)
            continue
        if found and max(found)[0] < first:
            break
        there.update(found)
    return there


@contextmanager
def _reading() -> Iterator[None]:
    """Raise _Damaged for whatever bytes that are no file of ours provoke; a fault of the disk stays an OSError."""
    try:
        yield
    except OSError as exc:
        if exc.errno is not None:  # pyarrow tells broken bytes as an OSError without a number
            raise
        raise _Damaged(str(exc)) from exc
    except _NOT_OURS as exc:
        raise _Damaged(f"{type(exc).__name__}: {exc}") from exc


def _identities_in(path: Path) -> list[Identity]:
    """Give the rows of a file; raises _Damaged."""
    with _reading(), pq.ParquetFile(path) as file:
        found = _identities(file.read(list(_IDENTITY)))
        if any(None in identity for identity in found):
            raise _Damaged("rows without an offset or a time")
        return found


def _groups(path: Path, schema: Any) -> Iterator[Table]:  # noqa: ANN401  # pyarrow has no types
    """Give what stands in a file, part by part, nothing without a file; raises _Damaged."""
    if not path.exists():
        return
    with _reading(), pq.ParquetFile(path) as file:
        if not file.schema_arrow.equals(schema):
            raise _Damaged("its columns are not those of this archive")
        for group in range(file.num_row_groups):
            yield file.read_row_group(group)


def _move_aside(path: Path, exc: _Damaged) -> None:
    """Get a file out of the way that cannot be read; it is kept: its rows may be all there is."""
    aside = path.with_name(f"{path.name}.damaged")
    get_log("archive").error("file_is_damaged", file=str(path), moved_to=aside.name, reason=str(exc)[:200])
    path.replace(aside)


def _identities(table: Table) -> list[Identity]:
    columns = [table.column(name) for name in _IDENTITY]
    whole = [column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column for column in columns]
    return list(zip(*(column.to_pylist() for column in whole), strict=True))


def _write(file: PartialFile, before: Path, rows: Table) -> None:
    """Bring what stands in ``before`` and rows into a file; raises _Damaged, or OSError if the disk is at fault."""
    settings = {"compression": "zstd", "use_dictionary": _TEXTS, "use_byte_stream_split": float_columns(rows.schema)}
    try:
        with pq.ParquetWriter(file.part, rows.schema, **settings) as writer:
            for group in _groups(before, rows.schema):
                writer.write_table(group)
            writer.write_table(rows)
        _on_disk(file.part)
    except (OSError, _Damaged):
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
