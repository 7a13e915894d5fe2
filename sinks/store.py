"""Series and alerts in one SQLite file: no server needed."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from posestream.clock import Clock, SystemClock
from posestream.errors import DependencyError, UsageError
from posestream.json_form import alert_to_json
from posestream.schemas import Alert, AlertState, Severity
from sinks.camera_second import CameraSecond
from sinks.store_schema import migrate

KEEP_DAYS = 30
_PRUNE_EVERY_SECONDS = 3600.0

_ADD_SECOND = """
INSERT INTO series (camera, second_utc, persons, persons_max, frames, fps, inference_ms, age_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (camera, second_utc) DO UPDATE SET persons = excluded.persons, persons_max = excluded.persons_max,
    frames = excluded.frames, fps = excluded.fps, inference_ms = excluded.inference_ms, age_ms = excluded.age_ms
"""

# An alert that is resolved stays so: a replayed "firing" of the same id changes nothing.
_ADD_ALERT = """
INSERT INTO alerts (id, rule, kind, camera, epoch, zone, line, track_id, severity, state, started_at_ns,
    ended_at_ns, frame_index, pts_seconds, value, muted, snapshot)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, ended_at_ns = excluded.ended_at_ns,
    frame_index = excluded.frame_index, pts_seconds = excluded.pts_seconds, value = excluded.value,
    muted = excluded.muted, snapshot = coalesce(excluded.snapshot, alerts.snapshot)
WHERE alerts.state <> 'resolved' OR excluded.state = 'resolved'
"""

_ALERTS = """
SELECT id, rule, kind, camera, epoch, zone, line, track_id, severity, state, started_at_ns, ended_at_ns,
    frame_index, pts_seconds, value, muted, snapshot
FROM alerts
WHERE ?1 IS NULL OR (started_at_ns, id) < (SELECT started_at_ns, id FROM alerts WHERE id = ?1)
ORDER BY started_at_ns DESC, id DESC LIMIT ?2
"""

_SERIES = """
SELECT camera, second_utc, persons, persons_max, frames, fps, inference_ms, age_ms FROM series
WHERE camera = ? AND second_utc >= ? AND second_utc < ? ORDER BY second_utc
"""


class SqliteStore:
    """The embedded host's store; safe to use from several threads, readable by others meanwhile (WAL).

    Guarantee: what was added is there after a crash of the process; adding the same thing again changes
    nothing (series by camera and second, alerts by id), so a replay harms nothing. Series older than
    ``keep_days`` are removed about once an hour while seconds are added; alerts stay.

    Raises:
        UsageError: on creation, if the file cannot be made or written or is of a newer posestream.
        DependencyError: on creation or later, if the file is damaged or no longer takes data.
    """

    def __init__(self, path: Path, *, keep_days: float = KEEP_DAYS, clock: Clock | None = None) -> None:
        self.path = path
        self._keep_seconds = keep_days * 86400
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._pruned_at: float | None = None
        self._connection = _open(path)

    def add_second(self, second: CameraSecond) -> None:
        """Keep one second of a camera; it replaces what was known of that second."""
        self._prune_when_due()
        with self._using() as connection:
            connection.execute(_ADD_SECOND, astuple(second))

    def add_alert(self, alert: Alert) -> None:
        """Keep an alert's newest state."""
        with self._using() as connection:
            connection.execute(_ADD_ALERT, _alert_row(alert))

    def add_all(self, seconds: Sequence[CameraSecond], alerts: Sequence[Alert]) -> None:
        """Keep many at once, wholly or not at all; otherwise as add_second and add_alert do."""
        self._prune_when_due()
        with self._using() as connection:
            connection.executemany(_ADD_SECOND, [astuple(second) for second in seconds])
            connection.executemany(_ADD_ALERT, [_alert_row(alert) for alert in alerts])

    def alerts(self, limit: int = 100, before: str | None = None) -> list[dict[str, Any]]:
        """Give alerts as objects of alerts.jsonl, newest first; ``before``: only those older than this id."""
        with self._using() as connection:
            rows = connection.execute(_ALERTS, (before, limit)).fetchall()
        return [alert_to_json(_alert(row)) for row in rows]

    def resolve_left_over(self) -> int:
        """Mark alerts that an earlier run left firing as resolved, without an end time; gives how many.

        For a host at its start: after a crash nobody else would ever end them.
        """
        with self._using() as connection:
            return connection.execute("UPDATE alerts SET state = 'resolved' WHERE state = 'firing'").rowcount

    def series(self, camera_id: str, since_ns: int, until_ns: int) -> list[CameraSecond]:
        """Give the seconds of a camera from ``since_ns`` (included) to ``until_ns`` (not), oldest first."""
        bounds = (camera_id, -(-since_ns // 1_000_000_000), -(-until_ns // 1_000_000_000))
        with self._using() as connection:
            return [CameraSecond(*row) for row in connection.execute(_SERIES, bounds)]

    def newest_second(self, camera_id: str) -> int | None:
        """Give the newest second (UTC) that is known of a camera, None without any."""
        with self._using() as connection:
            (newest,) = connection.execute(
                "SELECT max(second_utc) FROM series WHERE camera = ?", [camera_id]
            ).fetchone()
        return None if newest is None else int(newest)

    def prune(self) -> int:
        """Remove series that are too old; gives how many seconds went."""
        oldest = self._clock.wall_ns() / 1e9 - self._keep_seconds
        with self._using() as connection:
            return connection.execute("DELETE FROM series WHERE second_utc < ?", [oldest]).rowcount

    def close(self) -> None:
        """Close the file; the store cannot be used after."""
        with self._lock:
            self._connection.close()

    def _prune_when_due(self) -> None:
        now = self._clock.monotonic()
        if self._pruned_at is None or now - self._pruned_at >= _PRUNE_EVERY_SECONDS:
            self._pruned_at = now
            self.prune()

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock, self._connection:
                yield self._connection
        except sqlite3.Error as exc:
            raise _damaged(self.path, exc) from exc

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _open(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, timeout=10.0, check_same_thread=False)
    except sqlite3.Error as exc:
        raise UsageError(f"{path}: cannot open the store: {exc}; choose another folder with --data") from exc
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        migrate(connection, str(path))
    except sqlite3.OperationalError as exc:
        connection.close()
        raise UsageError(f"{path}: cannot write the store: {exc}; choose another folder with --data") from exc
    except sqlite3.Error as exc:
        connection.close()
        raise _damaged(path, exc) from exc
    except UsageError:
        connection.close()
        raise
    return connection


def _damaged(path: Path, cause: sqlite3.Error) -> DependencyError:
    return DependencyError(
        f"{path}: the store cannot be used: {cause}; free the disk or move the file away to start a new one"
    )


def _alert_row(alert: Alert) -> tuple[Any, ...]:
    return astuple(alert)


def _alert(row: tuple[Any, ...]) -> Alert:
    values = dict(zip((field.name for field in fields(Alert)), row, strict=True))
    values["severity"] = Severity(values["severity"])
    values["state"] = AlertState(values["state"])
    values["muted"] = bool(values["muted"])
    return Alert(**values)
