import threading
from collections.abc import Callable

import pytest

from posestream.clock import SettableClock
from posestream.errors import DependencyError
from posestream.messaging.headers import Headers
from posestream.messaging.health_message import WorkerHealth, read_health
from posestream.messaging.heartbeat import Heartbeat
from posestream.messaging.topics import HEALTH
from posestream.telemetry.readiness import BROKER, LONGEST_SILENCE_SECONDS, Readiness

Eventually = Callable[[Callable[[], object]], None]


class KeptEvents:
    """Takes events as EventProducer does and keeps them; refuses them when told to."""

    def __init__(self) -> None:
        self.beats: list[WorkerHealth] = []
        self.refuses = False
        self.asked = threading.Event()

    def send(self, stream: str, key: str | bytes | None, value: bytes | None, headers: Headers, *, vital: bool) -> None:
        self.asked.set()
        if self.refuses:
            raise DependencyError("Kafka refused an event of t.poses: too large")
        assert (stream, vital) == (HEALTH, False)
        assert isinstance(key, str)
        health = read_health(key.encode(), value, headers)
        assert isinstance(health, WorkerHealth)
        self.beats.append(health)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(1_000)


@pytest.fixture
def readiness(clock: SettableClock) -> Readiness:
    return Readiness((), clock)


@pytest.fixture
def kept() -> KeptEvents:
    return KeptEvents()


@pytest.fixture
def heartbeat(kept: KeptEvents, readiness: Readiness, clock: SettableClock) -> Heartbeat:
    return Heartbeat("infer/host", "hq", kept, readiness, clock, lambda: ("lobby", "hall"), seconds=0.01)


def test_a_beat(heartbeat: Heartbeat, kept: KeptEvents, clock: SettableClock) -> None:
    clock.advance(1.0)
    heartbeat.beat()
    assert kept.beats == [
        WorkerHealth(
            worker="infer/host",
            service="infer",
            state="ready",
            at_ns=1_000_001_000,
            started_at_ns=1_000,
            beat=1,
            cameras=("lobby", "hall"),
        )
    ]


def test_what_is_waited_for(heartbeat: Heartbeat, kept: KeptEvents, readiness: Readiness) -> None:
    readiness.waits("models", "pulling")
    readiness.waits("store", "x" * 600)
    heartbeat.beat()
    assert kept.beats[0].state == "waiting"
    assert kept.beats[0].reason == ("models: pulling; store: " + "x" * 600)[:500]


def test_open_it_beats_and_the_last_one_says_goodbye(
    heartbeat: Heartbeat, kept: KeptEvents, eventually: Eventually
) -> None:
    with heartbeat:
        eventually(lambda: len(kept.beats) >= 3)
    assert [health.beat for health in kept.beats] == list(range(1, len(kept.beats) + 1))
    assert {health.state for health in kept.beats[:-1]} == {"ready"}
    assert kept.beats[-1].state == "stopped"


def test_who_ends_by_an_error_says_no_goodbye(heartbeat: Heartbeat, kept: KeptEvents, eventually: Eventually) -> None:
    def work() -> None:
        with heartbeat:
            eventually(lambda: kept.beats)
            raise KeyError

    with pytest.raises(KeyError):
        work()
    assert "stopped" not in {health.state for health in kept.beats}


class Watched(Readiness):
    """Counts how often it is asked."""

    asked = 0

    @property
    def waiting(self) -> dict[str, str]:
        self.asked += 1
        return super().waiting


def test_without_a_broker_there_is_nobody_to_tell(
    kept: KeptEvents, clock: SettableClock, eventually: Eventually
) -> None:
    readiness = Watched((BROKER,), clock)
    with Heartbeat("infer/host", "hq", kept, readiness, clock, seconds=0.01):
        eventually(lambda: readiness.asked >= 3)
    assert kept.beats == []


def test_it_begins_when_the_broker_comes(
    heartbeat: Heartbeat, kept: KeptEvents, readiness: Readiness, eventually: Eventually
) -> None:
    readiness.waits(BROKER, "away")
    with heartbeat:
        readiness.ready(BROKER)
        eventually(lambda: kept.beats)


def test_a_loop_that_hangs_gives_no_sign_of_life(
    heartbeat: Heartbeat, kept: KeptEvents, readiness: Readiness, clock: SettableClock, eventually: Eventually
) -> None:
    clock.advance(LONGEST_SILENCE_SECONDS + 1)
    with heartbeat:
        heartbeat.beat("asked")
        readiness.turn()
        eventually(lambda: len(kept.beats) >= 2)
    assert [health.state for health in kept.beats[:2]] == ["asked", "ready"]


def test_a_refusing_broker_ends_the_beating_quietly(
    heartbeat: Heartbeat, kept: KeptEvents, eventually: Eventually
) -> None:
    kept.refuses = True
    heartbeat.__enter__()
    eventually(lambda: not heartbeat.beating)
    assert kept.asked.is_set()
    with pytest.raises(DependencyError):
        heartbeat.__exit__(None, None, None)
