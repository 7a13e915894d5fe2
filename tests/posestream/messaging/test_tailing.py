"""Looking on at topics of a real broker."""

import itertools
import threading
from typing import Any

import pytest
from confluent_kafka import Producer

from posestream.config import KafkaConfig
from posestream.errors import DependencyError, UsageError
from posestream.messaging.broker_admin import admin_client
from posestream.messaging.tailing import Tail, full_name, tail_messages
from posestream.messaging.topic_admin import create_topics


def send(kafka: KafkaConfig, *texts: str) -> None:
    producer = Producer(kafka.librdkafka())
    for number, text in enumerate(texts):
        producer.produce(kafka.topic("poses"), text, partition=number % 3)
    assert producer.flush(30.0) == 0


def test_an_empty_topic_ends_where_it_is_not_followed(kafka: KafkaConfig) -> None:
    for beginning in (True, False):
        tail = Tail(kafka.topic("poses"), beginning=beginning, follow=False)
        assert list(tail_messages(kafka, tail, threading.Event())) == []


def test_from_the_beginning_all_partitions_are_read(kafka: KafkaConfig) -> None:
    send(kafka, "a", "b", "c", "d")
    tail = Tail(kafka.topic("poses"), beginning=True, follow=False)
    values = [message.value() for message in tail_messages(kafka, tail, threading.Event())]
    assert sorted(values) == [b"a", b"b", b"c", b"d"]


def test_from_the_end_only_what_comes_is_read(kafka: KafkaConfig) -> None:
    send(kafka, "old", "old", "old")
    stop, assigned = threading.Event(), threading.Event()
    tail = Tail(kafka.topic("poses"), beginning=False, follow=True)
    seen: list[bytes | None] = []

    def read() -> None:
        for message in tail_messages(kafka, tail, stop):
            seen.append(message.value())
            assigned.set()

    reader = threading.Thread(target=read)
    reader.start()
    for number in itertools.count():
        send(kafka, f"new{number}")
        if assigned.wait(0.2):
            break
        assert number < 150
    stop.set()
    reader.join(10.0)
    assert not reader.is_alive()
    assert all((value or b"").startswith(b"new") for value in seen)


def test_nothing_is_committed(kafka: KafkaConfig) -> None:
    send(kafka, "a")
    list(tail_messages(kafka, Tail(kafka.topic("poses"), beginning=True, follow=False), threading.Event()))
    groups = admin_client(kafka).list_consumer_groups().result(10.0).valid
    assert [group.group_id for group in groups if group.group_id.startswith(kafka.topic_prefix)] == []


def test_names(kafka: KafkaConfig) -> None:
    assert full_name(kafka, "poses") == kafka.topic("poses")
    assert full_name(kafka, kafka.topic("poses")) == kafka.topic("poses")
    with pytest.raises(UsageError, match=r"^there is no topic 'x'; there are frames, "):
        full_name(kafka, "x")
    with pytest.raises(DependencyError, match=r"^there is no topic unused.poses, or this user may not see it: "):
        full_name(kafka.model_copy(update={"topic_prefix": "unused"}), "poses")


def test_a_topic_that_this_user_may_not_read_is_told(secured_kafka: Any) -> None:  # noqa: ANN401  # loaded by path
    owner = KafkaConfig(bootstrap_servers=secured_kafka.broker.bootstrap_servers, topic_prefix="secret", partitions=1)
    create_topics(owner, admin_client(owner))
    user = secured_kafka.new_user()
    secured_kafka.allow(user, "TOPIC", "secret.poses", "DESCRIBE")
    kafka = KafkaConfig.model_validate(
        {"bootstrap_servers": secured_kafka.sasl, "topic_prefix": "secret", "properties": secured_kafka.login(user)}
    )
    with pytest.raises(DependencyError, match=r"^topic secret.poses: .*; this user lacks an ACL for it$"):
        list(tail_messages(kafka, Tail("secret.poses", beginning=True, follow=False), threading.Event()))
