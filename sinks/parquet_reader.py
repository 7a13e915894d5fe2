"""Files of the archive, read again: what lies in one, and its events in the order in which they were recorded."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from posestream.errors import InputError, PosestreamError
from sinks.parquet_schema import stream_of
from sinks.parquet_tables import Event, from_table

_ROWS = 256
_BAD_FILE = (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError, TypeError, OSError, KeyError)


@dataclass(frozen=True)
class ArchiveFile:
    """One file: the stream and the camera of its rows, how many, and (epoch, capture time) of the first."""

    path: Path
    stream: str
    camera_id: str
    rows: int
    begins: tuple[int, int]


def look_into(path: Path) -> ArchiveFile | None:
    """Say what lies in a file; None if it has no rows.

    Raises:
        InputError: if it cannot be read or is none of the archive's.
    """
    try:
        with pq.ParquetFile(path) as file:
            stream = stream_of(file.schema_arrow.metadata)
            if not file.metadata.num_rows:
                return None
            first = next(file.iter_batches(1, columns=["camera_id", "epoch", "captured_at"]))
            camera_id, epoch = first.column(0)[0].as_py(), first.column(1)[0].as_py()
            captured_at_ns = first.column(2).cast(pa.int64())[0].as_py()
            return ArchiveFile(path, stream, str(camera_id), int(file.metadata.num_rows), (epoch, captured_at_ns))
    except _BAD_FILE as exc:
        raise unreadable(path, exc) from exc


def events_of(file: ArchiveFile) -> Iterator[Event]:
    """Give the events of a file; only a few rows are in memory at a time.

    Raises:
        InputError: if it turns out to be damaged.
    """
    try:
        with pq.ParquetFile(file.path) as opened:
            for batch in opened.iter_batches(_ROWS):
                yield from from_table(pa.Table.from_batches([batch], schema=opened.schema_arrow))
    except (*_BAD_FILE, PosestreamError) as exc:
        raise unreadable(file.path, exc) from exc


def unreadable(path: Path, cause: object) -> InputError:
    """Give the error of a recording that is none."""
    text = " ".join(str(cause).split())[:200]
    return InputError(f"{path}: cannot be read: {text}; wanted a file of 'posestream archive' or a poses.jsonl")
