import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from posestream.clock import SettableClock
from posestream.errors import DependencyError, UsageError
from posestream.json_form import alert_to_json
from posestream.schemas import Alert, AlertState
from sinks.camera_second import CameraSecond
from sinks.store import SqliteStore
from sinks.store_schema import MIGRATIONS, migrate

MakeAlert = Callable[..., Alert]
SECOND = 1_000_000_000


def test_an_empty_store(store: SqliteStore) -> None:
    assert store.alerts() == []
    assert store.series("lobby", 0, 10**19) == []
    assert store.newest_second("lobby") is None


def test_a_second_comes_back_and_twice_is_once(store: SqliteStore) -> None:
    second = CameraSecond("lobby", 100, 1.5, 2, 5, 5.0, 21.5, 80.0)
    store.add_second(second)
    store.add_second(second)
    assert store.series("lobby", 0, 10**19) == [second]
    store.add_second(replace(second, persons=2.0, fps=None))
    assert store.series("lobby", 0, 10**19) == [replace(second, persons=2.0, fps=None)]


def test_many_are_kept_at_once_or_not_at_all(store: SqliteStore, make_alert: MakeAlert) -> None:
    store.add_all([], [])
    seconds = [CameraSecond("lobby", number, 1.5, 2, 5) for number in (2**31, 2**31 + 1)]
    alerts = [make_alert(frame=1), make_alert(frame=2)]
    with pytest.raises(DependencyError):
        store.add_all(seconds, [alerts[0], replace(alerts[1], rule=None)])  # type: ignore[arg-type]  # on purpose
    assert (store.series("lobby", 0, 10**19), store.alerts()) == ([], [])
    for _ in range(2):
        store.add_all(seconds, alerts)
        assert store.series("lobby", 0, 10**19) == seconds
        assert len(store.alerts()) == 2


def test_series_are_of_one_camera_and_half_open(store: SqliteStore) -> None:
    for number in (3, 1, 2):
        store.add_second(CameraSecond("a", number, 0.0, 0, 5))
    store.add_second(CameraSecond("b", 2, 0.0, 0, 5))
    assert [row.second_utc for row in store.series("a", 1 * SECOND, 3 * SECOND)] == [1, 2]
    assert [row.second_utc for row in store.series("a", 1 * SECOND + 1, 3 * SECOND + 1)] == [2, 3]
    assert store.newest_second("a") == 3


@pytest.mark.parametrize(
    ("states", "wanted"),
    [
        (["firing"], "firing"),
        (["firing", "firing"], "firing"),
        (["firing", "resolved"], "resolved"),
        (["firing", "resolved", "firing"], "resolved"),  # a replay
        (["firing", "resolved", "firing", "resolved"], "resolved"),
        (["resolved"], "resolved"),
    ],
)
def test_an_alert_has_one_row_whatever_is_replayed(
    store: SqliteStore, make_alert: MakeAlert, states: list[str], wanted: str
) -> None:
    for state in states:
        store.add_alert(make_alert(state=AlertState(state)))
    assert store.alerts() == [alert_to_json(make_alert(state=AlertState(wanted)))]


def test_alerts_come_newest_first_and_in_pages(store: SqliteStore, make_alert: MakeAlert) -> None:
    for frame in (2, 5, 1, 4, 3):
        store.add_alert(make_alert(frame=frame))
    store.add_alert(make_alert(frame=3, camera_id="yard"))  # at the same time as another
    seen: list[int] = []
    before = None
    while page := store.alerts(limit=2, before=before):
        seen += [alert["frame_index"] for alert in page]
        before = page[-1]["id"]
    assert seen == [5, 4, 3, 3, 2, 1]
    assert store.alerts(before="no such id") == []


def test_left_over_alerts_are_ended(store: SqliteStore, make_alert: MakeAlert) -> None:
    store.add_alert(make_alert())
    assert store.resolve_left_over() == 1
    assert store.resolve_left_over() == 0
    assert [alert["state"] for alert in store.alerts()] == ["resolved"]


def test_what_was_added_outlives_the_store(tmp_path: Path, make_alert: MakeAlert) -> None:
    with SqliteStore(tmp_path / "s.db") as first:
        first.add_alert(make_alert())
    with SqliteStore(tmp_path / "s.db") as second:
        assert len(second.alerts()) == 1


def test_old_series_go_and_alerts_stay(tmp_path: Path, make_alert: MakeAlert) -> None:
    day = 86400
    clock = SettableClock(100 * day * SECOND)
    with SqliteStore(tmp_path / "s.db", keep_days=30, clock=clock) as store:
        for second in (69 * day, 71 * day, 100 * day):
            store.add_second(CameraSecond("lobby", second, 1.0, 1, 5))
        store.add_alert(make_alert())
        clock.advance(3601)
        store.add_second(CameraSecond("lobby", 100 * day + 3601, 1.0, 1, 5))
        assert [row.second_utc // day for row in store.series("lobby", 0, 10**19)] == [71, 100, 100]
        assert len(store.alerts()) == 1


def test_another_process_reads_while_we_write(store: SqliteStore) -> None:
    store.add_second(CameraSecond("lobby", 1, 1.0, 1, 5))
    reader = sqlite3.connect(f"file:{store.path}?mode=ro", uri=True)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM series").fetchone() == (1,)
    store.add_second(CameraSecond("lobby", 2, 1.0, 1, 5))  # does not wait for the reader
    assert reader.execute("SELECT count(*) FROM series").fetchone() == (1,)  # who keeps its own view
    reader.close()


def test_many_threads_write(store: SqliteStore) -> None:
    def write(camera: str) -> None:
        for second in range(50):
            store.add_second(CameraSecond(camera, second + 2_000_000_000, 1.0, 1, 5))

    threads = [threading.Thread(target=write, args=(f"c{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(store.series(f"c{number}", 0, 10**19)) for number in range(4)] == [50] * 4


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(b"this is no database " * 500)
    with pytest.raises(DependencyError, match=r"s\.db: the store cannot be used: file is not a database; .* move"):
        SqliteStore(path)
    assert path.read_bytes().startswith(b"this is no database")


@pytest.mark.parametrize("place", [".", "none/s.db"])
def test_a_place_that_cannot_be_opened_is_named(tmp_path: Path, place: str) -> None:
    with pytest.raises(UsageError, match=r"cannot open the store: .*; choose another folder with --data"):
        SqliteStore(tmp_path / place)


def test_a_closed_store_says_so_in_one_line(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.db")
    store.close()
    with pytest.raises(DependencyError, match=r"s\.db: the store cannot be used"):
        store.alerts()


def test_a_file_of_a_newer_posestream_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "s.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(UsageError, match=r"s\.db: written by a newer posestream \(store version 99"):
        SqliteStore(tmp_path / "s.db")


def test_migrations_go_on_where_the_file_stands_and_keep_its_rows() -> None:
    connection = sqlite3.connect(":memory:")
    migrate(connection, "s.db", MIGRATIONS)
    connection.execute("INSERT INTO series VALUES ('lobby', 1, 1.0, 1, 5, NULL, NULL, NULL)")
    connection.commit()
    longer = (*MIGRATIONS, "ALTER TABLE series ADD COLUMN site TEXT NOT NULL DEFAULT 'site'")
    for _ in range(2):
        migrate(connection, "s.db", longer)
    assert connection.execute("SELECT camera, site FROM series").fetchall() == [("lobby", "site")]
    assert connection.execute("PRAGMA user_version").fetchone() == (len(longer),)
    connection.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was() -> None:
    connection = sqlite3.connect(":memory:")
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, "s.db", ["CREATE TABLE a (x); CREATE TABLE a (x)"])
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    assert connection.execute("PRAGMA user_version").fetchone() == (0,)
    connection.close()
