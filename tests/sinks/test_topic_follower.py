"""Whole topics, read from the beginning and on, by a thread."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import NewPartitions

from lab.installation import wait_until
from lab.records import records
from posestream.config import Config, KafkaConfig
from posestream.errors import PosestreamError
from posestream.messaging.headers import RawHeaders
from posestream.messaging.topic_admin import admin_client, create_topics
from posestream.messaging.topics import CONTROL, HEALTH
from posestream.messaging.unreadable import Unreadable
from posestream.service import Service, ServiceOptions, running
from sinks.topic_follower import TopicFollower

pytestmark = pytest.mark.kafka


class Heard:
    """Notes the values of messages; what is not made of letters cannot be read."""

    def __init__(self) -> None:
        self.values: list[bytes | None] = []

    def __call__(self, _key: bytes | None, value: bytes | None, _headers: RawHeaders) -> None:
        if value is not None and not value.isalpha():
            raise Unreadable("wanted letters")
        self.values.append(value)


@pytest.fixture
def service(kafka: KafkaConfig, tmp_path: Path) -> Iterator[Service]:
    """Give a running service over this test's topics."""
    with running("alert", Config(kafka=kafka), ServiceOptions("w1", tmp_path, 0)) as opened:
        yield opened


def test_an_empty_topic_has_been_read_at_once(service: Service) -> None:
    heard = Heard()
    with TopicFollower(service, "f", {CONTROL: heard}) as follower:
        assert follower.wait_caught_up()
    assert heard.values == []


def test_what_was_there_is_handed_on_before_it_has_caught_up_and_what_comes_then_afterwards(service: Service) -> None:
    heard = Heard()
    for number in range(300):
        service.producer.send(CONTROL, f"k{number % 7}", b"old", [])
    service.producer.send(CONTROL, "gone", None, [])
    assert service.producer.flush(10) == 0
    with TopicFollower(service, "f", {CONTROL: heard}) as follower:
        assert follower.wait_caught_up()
        assert heard.values.count(b"old") == 300
        assert heard.values.count(None) == 1
        service.producer.send(CONTROL, "k", b"new", [])
        wait_until(lambda: heard.values[-1] == b"new", "the new message", 20)


def test_each_taker_gets_its_topic_and_turns_come_only_after_the_past(service: Service) -> None:
    turns: list[tuple[int, int]] = []
    health, control = Heard(), Heard()
    for _ in range(50):
        service.producer.send(CONTROL, "k", b"control", [])
        service.producer.send(HEALTH, "k", b"health", [], vital=False)
    assert service.producer.flush(10) == 0
    takers = {HEALTH: lambda k, v, h: health(k, v if v == b"health" else None, h), CONTROL: control}
    with TopicFollower(service, "f", takers, lambda: turns.append((len(control.values), len(health.values)))):
        wait_until(lambda: len(turns) > 2, "turns", 20)
    assert turns[0][0] == 50
    assert turns[0][1] >= 50
    assert set(control.values) == {b"control"}


def test_the_unreadable_goes_to_the_dead_letters_once_whoever_reads_it_after_a_restart(
    service: Service, kafka: KafkaConfig
) -> None:
    for value in (b"1", b"good", b"2"):
        service.producer.send(CONTROL, "k", value, [("h", b"x")])
    assert service.producer.flush(10) == 0
    for _ in range(3):
        heard = Heard()
        with TopicFollower(service, "f", {CONTROL: heard}) as follower:
            assert follower.wait_caught_up()
        assert heard.values == [b"good"]
    assert service.producer.flush(10) == 0
    letters = records(kafka, "dead-letters")
    assert [letter.value for letter in letters] == [b"1", b"2"]
    headers = dict(letters[0].headers or ())
    assert headers["reason"] == b"wanted letters"
    assert headers["source_topic"] == kafka.topic(CONTROL).encode()
    assert headers["original.h"] == b"x"
    assert b'dead_letters_total{topic="control"} 2.0' in service.metrics.text()


def test_partitions_that_are_added_later_are_read_too(service: Service, kafka: KafkaConfig) -> None:
    heard = Heard()
    with TopicFollower(service, "f", {CONTROL: heard}) as follower:
        assert follower.wait_caught_up()
        admin_client(kafka).create_partitions([NewPartitions(kafka.topic(CONTROL), 6)])[kafka.topic(CONTROL)].result(10)
        follower._look_at = 0.0  # it looks once a minute
        wait_until(lambda: len(follower._assigned) == 6, "the new partitions", 20)
        for number in range(40):
            service.producer.send(CONTROL, f"k{number}", b"more", [])
        wait_until(lambda: len(heard.values) == 40, "all messages", 20)


def test_a_topic_that_is_not_there_yet_is_waited_for(broker: str, tmp_path: Path) -> None:
    kafka = KafkaConfig(bootstrap_servers=broker, topic_prefix=f"late{tmp_path.name}", partitions=2)
    with (
        running("alert", Config(kafka=kafka), ServiceOptions("w1", tmp_path, 0)) as service,
        TopicFollower(service, "f", {CONTROL: Heard()}) as follower,
    ):
        assert not follower.caught_up.wait(1.5)
        create_topics(kafka, admin_client(kafka))
        assert follower.wait_caught_up()


def test_the_end_of_the_service_ends_the_waiting(tmp_path: Path) -> None:
    kafka = KafkaConfig(bootstrap_servers="127.0.0.1:1", topic_prefix="nowhere")
    with (
        running("alert", Config(kafka=kafka), ServiceOptions("w1", tmp_path, 0)) as service,
        TopicFollower(service, "f", {CONTROL: Heard()}) as follower,
    ):
        threading.Timer(0.3, service.stop.set).start()
        assert not follower.wait_caught_up()


@pytest.mark.slow
def test_a_broker_that_was_killed_is_followed_again(own_broker: Any, tmp_path: Path) -> None:  # noqa: ANN401  # loaded by path
    kafka = KafkaConfig(bootstrap_servers=own_broker.bootstrap_servers, topic_prefix="again", partitions=2)
    create_topics(kafka, admin_client(kafka))
    heard = Heard()
    with (
        running("alert", Config(kafka=kafka), ServiceOptions("w1", tmp_path, 0)) as service,
        TopicFollower(service, "f", {CONTROL: heard}) as follower,
    ):
        assert follower.wait_caught_up()
        own_broker.kill()
        service.producer.send(CONTROL, "k", b"while", [])
        own_broker.start()
        wait_until(lambda: heard.values == [b"while"], "what was sent while the broker was away", 60)


def test_a_taker_that_fails_ends_the_service(kafka: KafkaConfig, tmp_path: Path) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    def serve() -> None:
        with running("alert", Config(kafka=kafka), ServiceOptions("w1", tmp_path, 0)) as service:
            service.producer.send(CONTROL, "k", b"x", [])
            with TopicFollower(service, "f", {CONTROL: fails}):
                assert service.stop.wait(30)
                assert service.readiness.waiting["f"] == "it has ended: RuntimeError"

    with pytest.raises(PosestreamError, match=r"^alert: its reader 'f' has ended: RuntimeError: a fault of ours"):
        serve()
