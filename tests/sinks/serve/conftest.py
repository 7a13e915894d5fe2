"""A live page that really serves."""

from collections.abc import Iterator

import pytest

from posestream.clock import SettableClock
from sinks.serve import LiveHub, LivePage
from sinks.store import SqliteStore

NOW = 1_760_000_000


@pytest.fixture
def hub() -> LiveHub:
    return LiveHub()


@pytest.fixture
def address(hub: LiveHub, store: SqliteStore) -> Iterator[str]:
    """Give the address of a running page, with a slash at the end; its clock stands at ``NOW``."""
    page = LivePage(hub, store, port=0, clock=SettableClock(NOW * 10**9))
    yield page.start()
    page.stop()
