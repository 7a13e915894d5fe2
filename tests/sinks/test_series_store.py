from collections import Counter
from collections.abc import Callable

import pytest

from posestream.schemas import Alert, AlertState
from sinks.camera_second import CameraSecond
from sinks.series import FinishedSecond
from sinks.series_store import Finding, SqliteSeries
from sinks.store import SqliteStore
from sinks.store_away import StoreAway


def second(number: int) -> CameraSecond:
    return CameraSecond("lobby", number, 1.0, 1, 5, 5.0)


def findings(*events: FinishedSecond | Alert) -> list[Finding]:
    return [Finding(event, "t", 0, offset, b"lobby") for offset, event in enumerate(events)]


def test_a_flush_is_kept_whole_and_twice_is_once(store: SqliteStore, make_alert: Callable[..., Alert]) -> None:
    counted = Counter[str]()
    series = SqliteSeries(store, lambda name, number: counted.update({name: number}))
    series.check()
    assert series.keep([]) == ()
    events = findings(
        FinishedSecond(second(2**31), 0), make_alert(), FinishedSecond(second(2**31 + 1), 0),
        make_alert(state=AlertState.RESOLVED),
    )  # fmt: skip
    for _ in range(2):
        assert series.keep(events) == ()
    assert store.series("lobby", 0, 2**63) == [second(2**31), second(2**31 + 1)]
    assert [alert["state"] for alert in store.alerts()] == ["resolved"]
    assert counted == Counter(series=4, alerts=4)


def test_a_file_that_takes_nothing_is_away(store: SqliteStore) -> None:
    store._connection.execute("PRAGMA query_only = 1")
    with pytest.raises(StoreAway) as caught:
        SqliteSeries(store, lambda *_: None).keep(findings(FinishedSecond(second(2**31), 0)))
    assert caught.value.code == "sqlite"
