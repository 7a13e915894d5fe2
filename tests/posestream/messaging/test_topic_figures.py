"""How much lies in the topics of a real broker."""

from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

from posestream.config import KafkaConfig
from posestream.messaging.broker_admin import admin_client
from posestream.messaging.topic_admin import create_topics
from posestream.messaging.topic_figures import TopicFigures, topic_figures
from posestream.messaging.topic_states import topics_there


def figures(kafka: KafkaConfig) -> dict[str, TopicFigures]:
    admin = admin_client(kafka)
    return topic_figures(kafka, admin, topics_there(kafka, admin))


def test_no_topics_have_no_figures(kafka: KafkaConfig) -> None:
    assert topic_figures(kafka, admin_client(kafka), {}) == {}


def test_empty_topics_hold_nothing(kafka: KafkaConfig) -> None:
    assert list(figures(kafka).values()) == [TopicFigures(0)] * 7


def test_messages_and_how_far_a_group_is_behind(kafka: KafkaConfig) -> None:
    poses = kafka.topic("poses")
    producer = Producer(kafka.librdkafka())
    for partition, count in ((0, 5), (2, 3)):
        for _ in range(count):
            producer.produce(poses, b"x", partition=partition)
    assert producer.flush(30.0) == 0
    groups = {f"{kafka.topic_prefix}.track": 2, f"{kafka.topic_prefix}-other.track": 1}
    for group, offset in groups.items():
        consumer = Consumer(kafka.librdkafka() | {"group.id": group})
        consumer.commit(offsets=[TopicPartition(poses, 0, offset)], asynchronous=False)
        consumer.close()
    found = figures(kafka)
    # Of partition 2 the group has never committed anything: it is not known to read it.
    assert found[poses] == TopicFigures(8, {f"{kafka.topic_prefix}.track": 3})
    assert found[kafka.topic("tracks")] == TopicFigures(0)


def test_what_may_not_be_asked_is_left_out(secured_kafka: Any) -> None:  # noqa: ANN401  # loaded by path
    owner = KafkaConfig(bootstrap_servers=secured_kafka.broker.bootstrap_servers, topic_prefix="hidden")
    create_topics(owner, admin_client(owner))
    there = topics_there(owner, admin_client(owner))
    stranger = KafkaConfig.model_validate(
        {"bootstrap_servers": secured_kafka.sasl, "topic_prefix": "hidden", "properties": secured_kafka.login("nobody")}
    )
    found = topic_figures(stranger, admin_client(stranger), there)
    assert list(found.values()) == [TopicFigures()] * 7
