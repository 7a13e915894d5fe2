"""Topics as they are: every message from the first to the last, read by a client that commits nothing."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from posestream.config import KafkaConfig
from posestream.messaging.clients import made, reader
from posestream.messaging.headers import RawHeaders
from posestream.messaging.topic_admin import ASK_SECONDS

_Event = TypeVar("_Event")


@dataclass(frozen=True)
class Record:
    """One message where it lies; ``at_ms`` is when the broker's producer stamped it."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: RawHeaders
    at_ms: int


def records(kafka: KafkaConfig, stream: str, *, committed: bool = True) -> list[Record]:
    """Give all messages that a topic holds now, partition by partition, in order.

    Those of aborted transactions are left out where ``committed``.
    """
    settings = reader(kafka, f"lab-{uuid.uuid4().hex}", beginning=True)
    settings |= {"isolation.level": "read_committed" if committed else "read_uncommitted"}
    settings |= {"queued.min.messages": 10_000, "queued.max.messages.kbytes": 65_536}
    consumer = made(Consumer, settings)
    topic = kafka.topic(stream)
    try:
        partitions = sorted(consumer.list_topics(topic, timeout=ASK_SECONDS).topics[topic].partitions)
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
        found: dict[int, list[Record]] = {number: [] for number in partitions}
        waiting = set(partitions)
        while waiting:
            message = consumer.poll(30.0)
            assert message is not None, f"{topic}: no answer from the broker"
            number = message.partition()
            if message.error() is not None:  # the end of the partition
                waiting.discard(number)
                continue
            found[number].append(
                Record(
                    number, message.offset(), message.key(), message.value(), message.headers(), message.timestamp()[1]
                )
            )
    finally:
        consumer.close()
    return [record for number in partitions for record in found[number]]


def read_all(
    found: list[Record], read: Callable[[bytes | None, bytes | None, RawHeaders], _Event]
) -> list[tuple[Record, _Event]]:
    """Read messages that must all be readable."""
    return [(record, read(record.key, record.value, record.headers)) for record in found]
