"""The tables of the store and how an older file becomes a newer one."""

import sqlite3
from collections.abc import Sequence

from posestream.errors import UsageError

# One entry a version, never changed once released: a file at version n has had the first n applied.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE series (
        camera TEXT NOT NULL,
        second_utc INTEGER NOT NULL,  -- seconds since 1970
        persons REAL NOT NULL,        -- mean over the second's frames
        persons_max INTEGER NOT NULL,
        frames INTEGER NOT NULL,      -- frames that were looked at
        fps REAL,
        inference_ms REAL,
        age_ms REAL,                  -- capture to result
        PRIMARY KEY (camera, second_utc)
    ) WITHOUT ROWID;
    CREATE INDEX series_by_age ON series (second_utc);
    CREATE TABLE alerts (
        id TEXT PRIMARY KEY,
        rule TEXT NOT NULL,
        kind TEXT NOT NULL,
        camera TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        zone TEXT,
        line TEXT,
        track_id INTEGER,
        severity TEXT NOT NULL,
        state TEXT NOT NULL,
        started_at_ns INTEGER NOT NULL,
        ended_at_ns INTEGER,
        frame_index INTEGER NOT NULL,
        pts_seconds REAL NOT NULL,
        value REAL NOT NULL,
        muted INTEGER NOT NULL,
        snapshot TEXT
    ) WITHOUT ROWID;
    CREATE INDEX alerts_by_time ON alerts (started_at_ns, id);
    """,
)


def migrate(connection: sqlite3.Connection, name: str, migrations: Sequence[str] = MIGRATIONS) -> None:
    """Bring the file to the newest version; each step happens wholly or not at all.

    Raises:
        UsageError: if a newer posestream wrote the file; ``name`` stands in the message.
        sqlite3.Error: if the file is damaged or cannot be written.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(migrations):
        raise UsageError(
            f"{name}: written by a newer posestream (store version {version}, this one knows {len(migrations)}); "
            "update posestream or choose another file"
        )
    for number, script in enumerate(migrations[version:], start=version + 1):
        try:
            connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.rollback()
            raise
