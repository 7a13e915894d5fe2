"""Where `write` keeps series and alerts: what every store can do, and how one says that it cannot now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from posestream.errors import DependencyError
from posestream.schemas import Alert
from sinks.series import FinishedSecond
from sinks.store import SqliteStore
from sinks.store_away import StoreAway


@dataclass(frozen=True)
class Finding:
    """A finished second or an alert, and the message that brought it."""

    event: FinishedSecond | Alert
    topic: str
    partition: int
    offset: int
    key: bytes | None


@dataclass(frozen=True)
class Refusal:
    """What a store will never take of a finding, and the store's own words."""

    finding: Finding
    content: bytes
    reason: str


class SeriesStore(Protocol):
    """Keeps findings; the same finding twice is one."""

    def check(self) -> None:
        """Raise StoreAway unless the store would take something now."""
        ...

    def keep(self, findings: Sequence[Finding]) -> tuple[Refusal, ...]:
        """Keep all, or raise StoreAway; gives what the store will never take."""
        ...


class SqliteSeries:
    """Keeps findings in the one file of SqliteStore, a flush in one transaction; zones are not kept there."""

    def __init__(self, store: SqliteStore, count: Callable[[str, int], None]) -> None:
        self._store, self._count = store, count

    def check(self) -> None:
        """Do nothing: the file is open."""

    def keep(self, findings: Sequence[Finding]) -> tuple[Refusal, ...]:
        """Keep all; raises StoreAway if the file takes nothing (a full disk)."""
        events = [finding.event for finding in findings]
        seconds = [event.second for event in events if isinstance(event, FinishedSecond)]
        alerts = [event for event in events if isinstance(event, Alert)]
        try:
            self._store.add_all(seconds, alerts)
        except DependencyError as exc:
            raise StoreAway("sqlite", str(exc)) from exc
        self._count("series", len(seconds))
        self._count("alerts", len(alerts))
        return ()
