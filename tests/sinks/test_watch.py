"""The watcher of the watchers over a real broker, with real services that die."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.installation import wait_until
from lab.records import read_all, records
from lab.workers import workers
from posestream.clock import SystemClock
from posestream.config import Config, KafkaConfig
from posestream.messaging.alert_message import read_alert
from posestream.messaging.event_producer import EventProducer
from posestream.messaging.heartbeat import Heartbeat
from posestream.messaging.topic_admin import admin_client, create_topics
from posestream.messaging.topics import HEALTH
from posestream.schemas import Alert, AlertState
from posestream.service import ServiceOptions, running
from posestream.telemetry.readiness import Readiness
from sinks.watch import watching

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
# Called silent after 10 s; the promise is 15 s, the rest is for a machine under load.
PROMISED_SECONDS, PATIENCE_SECONDS = 15.0, 60.0


def alerts_of(kafka: KafkaConfig, who: str = "") -> list[Alert]:
    return [alert for _, alert in read_all(records(kafka, "alerts"), read_alert) if who in alert.camera_id]


def has_beaten(kafka: KafkaConfig, worker: str) -> bool:
    return any(record.key == f"worker/{worker}".encode() for record in records(kafka, "health"))


@contextmanager
def beating(kafka: KafkaConfig, worker: str) -> Iterator[None]:
    """While open, a worker gives signs of life; then it dies without a word."""
    clock = SystemClock()
    with ExitStack() as stack:
        producer = stack.enter_context(EventProducer(kafka))
        heartbeat = Heartbeat(worker, "here", producer, Readiness((), clock), clock)
        heartbeat._thread.start()
        yield
        heartbeat._closing.set()
        heartbeat._thread.join()


@pytest.fixture
def watcher(tmp_path: Path) -> Callable[[KafkaConfig], Any]:
    """Give a watcher in a service of this process, as `write` has one."""

    @contextmanager
    def open_one(kafka: KafkaConfig) -> Iterator[None]:
        with running("write", Config(kafka=kafka), ServiceOptions("w1", tmp_path, 0)) as service:
            assert service.wait_for_topics(())
            with watching(service):
                yield

    return open_one


def test_the_death_of_a_service_is_seen_and_its_return_whoever_watches(
    kafka: KafkaConfig, watcher: Callable[[KafkaConfig], Any], tmp_path: Path
) -> None:
    with workers(kafka, tmp_path, {}) as installation, watcher(kafka):
        installation.start("alert")
        wait_until(lambda: has_beaten(kafka, "alert/w1"), "a beat")
        installation.kill("alert/w1")
        [fired] = wait_until(lambda: alerts_of(kafka, "alert"), "the alert", PATIENCE_SECONDS)
        assert (fired.camera_id, fired.kind, fired.state) == ("worker/alert/w1", "service", AlertState.FIRING)
        assert 10 < fired.value < PROMISED_SECONDS
        installation.start("alert")
        wait_until(lambda: len(alerts_of(kafka, "alert")) > 1, "its return", PATIENCE_SECONDS)
        installation.wait_ready()
        assert installation.terminate("alert/w1")[0] == 0
    states = {alert.state for alert in alerts_of(kafka, "alert")}
    assert states == {AlertState.FIRING, AlertState.RESOLVED}
    assert {alert.id for alert in alerts_of(kafka)} == {fired.id}


def test_an_alert_that_fired_before_the_watcher_started_is_resolved_by_it(
    kafka: KafkaConfig, watcher: Callable[[KafkaConfig], Any]
) -> None:
    with watcher(kafka):
        with beating(kafka, "infer/w1"):
            wait_until(lambda: has_beaten(kafka, "infer/w1"), "a beat")
        [fired] = wait_until(lambda: alerts_of(kafka, "infer"), "the alert", PATIENCE_SECONDS)
    with beating(kafka, "infer/w1"), watcher(kafka):
        wait_until(lambda: len(alerts_of(kafka, "infer")) == 2, "its end", PATIENCE_SECONDS)
    resolved = alerts_of(kafka, "infer")[1]
    assert (resolved.id, resolved.state) == (fired.id, AlertState.RESOLVED)


def test_a_broker_that_is_away_for_long_makes_nobody_silent(
    own_broker: Any,  # noqa: ANN401  # loaded by path
    watcher: Callable[[KafkaConfig], Any],
) -> None:
    kafka = KafkaConfig(bootstrap_servers=own_broker.bootstrap_servers, topic_prefix="away", partitions=2)
    create_topics(kafka, admin_client(kafka))
    with beating(kafka, "infer/w1"), watcher(kafka):
        wait_until(lambda: len(records(kafka, "health")) > 4, "beats")
        own_broker.kill()
        gone_at = SystemClock().monotonic()
        wait_until(lambda: SystemClock().monotonic() - gone_at > 20, "twenty seconds without a broker")
        own_broker.start()
        before = len(records(kafka, "health"))
        wait_until(lambda: len(records(kafka, "health")) > before + 12, "beats for twelve seconds", PATIENCE_SECONDS)
    assert alerts_of(kafka) == []


def test_health_that_cannot_be_read_is_a_dead_letter_once_and_a_deleted_key_is_no_longer_awaited(
    kafka: KafkaConfig, watcher: Callable[[KafkaConfig], Any]
) -> None:
    with EventProducer(kafka) as producer:
        producer.send(HEALTH, "worker/x", b"{", [])
    with beating(kafka, "infer/w1"):
        wait_until(lambda: has_beaten(kafka, "infer/w1"), "a beat")
    with watcher(kafka), EventProducer(kafka) as producer:
        producer.send(HEALTH, "worker/infer/w1", None, [])
        with beating(kafka, "track/w1"):
            wait_until(lambda: has_beaten(kafka, "track/w1"), "a beat")
        wait_until(lambda: alerts_of(kafka, "track"), "the alert of another", PATIENCE_SECONDS)
    assert alerts_of(kafka, "infer") == []
    with watcher(kafka):
        wait_until(lambda: records(kafka, "dead-letters"), "the dead letter")
    assert [record.value for record in records(kafka, "dead-letters")] == [b"{"]
