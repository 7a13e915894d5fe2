import json
import time
from typing import Any

import pytest
from confluent_kafka import Consumer

from posestream.clock import SettableClock
from posestream.config import KafkaConfig
from posestream.messaging.clients import frames_consumer, made
from posestream.messaging.statistics import ConsumerStatistics
from posestream.telemetry.metrics import Metrics
from posestream.telemetry.readiness import BROKER, Readiness


def consumer_statistics() -> tuple[ConsumerStatistics, Metrics, Readiness]:
    metrics, readiness = Metrics("infer", "infer/test"), Readiness((BROKER,), SettableClock(0))
    readiness.ready(BROKER)
    return ConsumerStatistics(metrics, readiness), metrics, readiness


def test_the_lag_of_each_partition_that_is_known() -> None:
    take, metrics, readiness = consumer_statistics()
    take("{}")
    take('{"topics": {"t.frames": {"partitions": {"0": {"consumer_lag": 12}, "-1": {"consumer_lag": -1}, "1": {}}}}}')
    lines = [line for line in metrics.text().decode().splitlines() if line.startswith("posestream_consumer_lag")]
    assert lines == ['posestream_consumer_lag{partition="0",topic="t.frames"} 12.0']
    assert readiness.waiting == {}


@pytest.mark.parametrize(
    ("states", "ready"),
    [
        ([], True),  # nothing is known yet
        (["UP"], True),
        (["INIT", "UP"], True),
        (["TRY_CONNECT"], False),
        (["DOWN", "CONNECT"], False),
    ],
)
def test_a_service_is_ready_while_one_broker_is_connected(states: list[str], ready: bool) -> None:
    take, _, readiness = consumer_statistics()
    take(json.dumps({"brokers": {str(number): {"state": state} for number, state in enumerate(states)}}))
    assert (readiness.waiting == {}) == ready
    take('{"brokers": {"1": {"state": "UP"}}}')
    assert readiness.waiting == {}


def test_a_broker_that_dies_and_comes_back_is_seen_by_the_client(own_broker: Any) -> None:  # noqa: ANN401  # loaded by path
    take, _, readiness = consumer_statistics()
    kafka = KafkaConfig(bootstrap_servers=own_broker.bootstrap_servers)
    settings = frames_consumer(kafka, "infer") | {"statistics.interval.ms": 200, "stats_cb": take}
    consumer = made(Consumer, settings)
    consumer.subscribe(["t.frames"])

    def becomes(*, ready: bool) -> bool:
        ends_at = time.monotonic() + 30.0
        while (readiness.waiting == {}) != ready and time.monotonic() < ends_at:
            consumer.poll(0.1)
        return (readiness.waiting == {}) == ready

    readiness.waits(BROKER, "starting")
    assert becomes(ready=True)
    own_broker.kill()
    assert becomes(ready=False)
    own_broker.start()
    assert becomes(ready=True)
    consumer.close()
