from collections.abc import Callable, Sequence

import pytest
from quixstreams.sinks import SinkBackpressureError

from posestream.service import Service
from sinks.camera_second import CameraSecond
from sinks.series import FinishedSecond
from sinks.series_sink import STORE, SeriesSink
from sinks.series_store import Finding, Refusal
from sinks.store_away import StoreAway

SECOND = FinishedSecond(CameraSecond("lobby", 100, 1.0, 1, 5, 5.0), 0)


class Scripted:
    """A store that does what the next entry says: an error, or refusals, or (empty) keeps all."""

    def __init__(self, *script: StoreAway | tuple[Refusal, ...]) -> None:
        self.kept: list[Finding] = []
        self._script = list(script)

    def check(self) -> None:
        pass

    def keep(self, findings: Sequence[Finding]) -> tuple[Refusal, ...]:
        step = self._script.pop(0) if self._script else ()
        if isinstance(step, StoreAway):
            raise step
        self.kept += findings
        return step


@pytest.fixture
def service(lone_service: Callable[..., Service]) -> Service:
    return lone_service("write", STORE)


def add(sink: SeriesSink, offset: int) -> None:
    sink.add(SECOND, b"lobby", 0, [], "t", 0, offset)


def errors(service: Service) -> str:
    lines = service.metrics.text().decode().splitlines()
    return " ".join(line for line in lines if line.startswith("posestream_sink_errors_total"))


def test_nothing_is_not_handed_over(service: Service) -> None:
    store = Scripted(StoreAway("503", "never asked"))
    SeriesSink(service, store).flush()
    assert STORE in service.readiness.waiting  # nobody has asked the store yet


def test_what_came_since_the_last_commit_is_handed_over_once(service: Service) -> None:
    store = Scripted()
    sink = SeriesSink(service, store)
    for offset in (3, 4):
        add(sink, offset)
    sink.flush()
    sink.flush()
    assert [finding.offset for finding in store.kept] == [3, 4]
    assert service.readiness.waiting == {}


def test_a_store_that_is_away_is_left_alone_ever_longer_and_nothing_is_kept_here(service: Service) -> None:
    store = Scripted(*[StoreAway("unreachable", "not there")] * 3)
    sink = SeriesSink(service, store, lambda most: most)
    waits = []
    for _ in range(3):
        add(sink, 3)
        with pytest.raises(SinkBackpressureError) as caught:
            sink.flush()
        waits.append(caught.value.retry_after)
        assert service.readiness.waiting == {STORE: "not there"}
    sink.flush()  # it will come again: until then there is nothing
    assert (waits, store.kept) == ([0.5, 1.0, 2.0], [])
    add(sink, 3)
    sink.flush()
    assert len(store.kept) == 1
    assert service.readiness.waiting == {}
    assert errors(service) == 'posestream_sink_errors_total{code="unreachable"} 3.0'


def test_a_refused_point_whose_dead_letter_does_not_arrive_is_offered_again(service: Service) -> None:
    finding = Finding(SECOND, "t", 0, 3, b"lobby")
    sink = SeriesSink(service, Scripted((Refusal(finding, b"m v=1 5", "bad line"),)), flush_seconds=0.1)
    add(sink, 3)
    with pytest.raises(SinkBackpressureError):
        sink.flush()
    assert "dead letters" in service.readiness.waiting[STORE]


def test_when_another_sink_must_wait_what_will_come_again_is_forgotten(service: Service) -> None:
    store = Scripted()
    sink = SeriesSink(service, store)
    add(sink, 3)
    sink.on_paused()
    sink.flush()
    assert store.kept == []
