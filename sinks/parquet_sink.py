"""The end of `archive`'s streams: messages as they came are kept until the next commit, then brought into files."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from quixstreams.sinks import BaseSink, SinkBackpressureError

from posestream.logs import get_log
from posestream.messaging.events import event_headers
from posestream.messaging.headers import RawHeaders
from posestream.service import Service
from sinks.parquet_files import add_rows, folder_of, partition_lock
from sinks.parquet_tables import Event, Table, poses_of, to_table
from sinks.store_away import StoreAway, full_jitter, wait_seconds
from sinks.stream import Reader

FOLDER = "archive"
"""The part of readiness."""
_PIECE = 64
MOST_BYTES = 2_097_152
"""Kept at most; then files are written before the commit is due, which the commit will not do again."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A message that was read once, to see that it can be; its bytes are less than its arrays."""

    camera_id: str
    captured_at_ns: int
    key: bytes | None
    value: bytes


def keeping(read: Reader[Event]) -> Reader[Recorded]:
    """Give a reader that refuses what ``read`` refuses and gives the message itself."""

    def recorded(key: bytes | None, value: bytes | None, headers: RawHeaders) -> Recorded:
        stamp = poses_of(read(key, value, headers)).stamp
        return Recorded(stamp.camera_id, stamp.captured_at_ns, key, value or b"")

    return recorded


class ParquetSink(BaseSink):
    """Brings the messages of one stream into the archive.

    Guarantee: every message is one row of one file, whatever is killed when. Offsets are committed after the rows
    are on the disk; rows that were written before a crash are found and not written again. While the disk takes
    nothing the messages stay in Kafka.
    """

    def __init__(
        self,
        service: Service,
        archive: Path,
        stream: str,
        read: Reader[Event],
        jitter: Callable[[float], float] = full_jitter,
    ) -> None:
        super().__init__(on_client_connect_success=lambda: None)
        self._service, self._archive, self._stream, self._read = service, archive, stream, read
        self._jitter = jitter
        self._kept: dict[tuple[int, Path], list[tuple[int, Recorded]]] = defaultdict(list)
        self._bytes = 0
        self._trouble: StoreAway | None = None
        self._failures = 0
        self._rows = service.metrics.counter("archive_rows", "Rows that were brought into files", ("stream",))
        self._files = service.metrics.counter("archive_files_written", "Files, written again included", ("stream",))
        self._errors = service.metrics.counter("sink_errors", "Writes that the store did not take", ("code",))

    def add(
        self,
        value: Recorded,
        key: bytes | None,
        timestamp: int,
        headers: object,
        topic: str,
        partition: int,
        offset: int,
    ) -> None:
        """Take a message; after trouble it is passed over: it will come again."""
        del key, timestamp, headers, topic
        if self._trouble is not None:
            return
        folder = folder_of(self._stream, value.camera_id, value.captured_at_ns)
        self._kept[partition, folder].append((offset, value))
        self._bytes += len(value.value)
        if self._bytes >= MOST_BYTES:
            self._try_to_write()

    def flush(self) -> None:
        """Write what is kept; raises SinkBackpressureError if it must come again."""
        if self._kept:
            self._try_to_write()
        trouble, self._trouble = self._trouble, None
        if trouble is not None:
            seconds = wait_seconds(trouble, self._failures, self._jitter)
            self._failures += 1
            raise SinkBackpressureError(seconds) from trouble
        self._failures = 0
        self._service.readiness.ready(FOLDER)

    def on_paused(self) -> None:
        """Forget what will come again."""
        self._kept.clear()
        self._bytes, self._trouble = 0, None

    def _try_to_write(self) -> None:
        kept, self._kept, self._bytes = self._kept, defaultdict(list), 0
        try:
            for partition, folder in sorted(kept):
                self._service.readiness.turn()
                self._write(partition, folder, kept.pop((partition, folder)))
        except BlockingIOError:
            self._trouble = StoreAway("locked", "another worker writes these files")
        except OSError as exc:
            reason = f"{exc.filename or self._archive}: {exc.strerror or exc}; free some space"
            self._trouble = StoreAway("disk", reason)
        if self._trouble is not None:
            self._tell(self._trouble)

    def _write(self, partition: int, folder: Path, messages: list[tuple[int, Recorded]]) -> None:
        # A few at a time: the arrays of an event take more room than its bytes and its row.
        pieces = [self._table(messages[start : start + _PIECE]) for start in range(0, len(messages), _PIECE)]
        with partition_lock(self._archive, self._stream, partition):
            if add_rows(self._archive / folder, partition, pa.concat_tables(pieces)):
                self._files.labels(stream=self._stream).inc()
        self._rows.labels(stream=self._stream).inc(len(messages))

    def _table(self, messages: list[tuple[int, Recorded]]) -> Table:
        return to_table(
            self._stream, [(offset, self._read(each.key, each.value, event_headers())) for offset, each in messages]
        )

    def _tell(self, trouble: StoreAway) -> None:
        self._errors.labels(code=trouble.code).inc()
        if self._service.readiness.waits(FOLDER, trouble.reason):
            get_log("archive").error("cannot_write", reason=trouble.reason, code=trouble.code)
