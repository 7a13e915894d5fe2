"""Looking on at a topic: all its partitions from one end; nothing is committed, no group is disturbed."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from posestream.config import KafkaConfig
from posestream.errors import DependencyError, UsageError
from posestream.messaging.broker_admin import ASK_SECONDS, NO_LEADER, admin_client, asked, refusal
from posestream.messaging.clients import made, reader
from posestream.messaging.readable import stream_of
from posestream.messaging.topics import topic_specs

_POLL_SECONDS = 0.2
# A client must name a group even where it uses none: whether this user may use it does not matter.
_PASSING = {KafkaError.GROUP_AUTHORIZATION_FAILED} | {
    KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001  # documented so, as all of its kind
    KafkaError._TRANSPORT,  # noqa: SLF001
    KafkaError._TIMED_OUT,  # noqa: SLF001
    KafkaError._RESOLVE,  # noqa: SLF001
}


@dataclass(frozen=True)
class Tail:
    """What is looked at: a topic's full name, from its beginning or its end, for ever or until its present end."""

    topic: str
    beginning: bool
    follow: bool


def full_name(kafka: KafkaConfig, name: str) -> str:
    """Give the full name of a topic: of ``poses`` or of any topic that the broker has.

    Raises:
        UsageError: if there is no such topic.
        DependencyError: if the broker cannot be reached, or does not have the topic yet.
    """
    admin = admin_client(kafka)
    there = asked(kafka, admin, lambda: admin.list_topics(timeout=ASK_SECONDS)).topics
    streams = [spec.stream for spec in topic_specs(kafka)]
    full = kafka.topic(name) if name in streams else name
    if full in there:
        return full
    if stream_of(kafka, full) is not None:
        raise DependencyError(f"there is no topic {full}, or this user may not see it: run 'posestream topics apply'")
    raise UsageError(f"there is no topic '{name[:80]}'; there are {', '.join(streams)}, or any topic's full name")


def tail_messages(kafka: KafkaConfig, tail: Tail, stop: threading.Event) -> Iterator[Message]:
    """Give the messages of a topic, in order within each partition, until ``stop``.

    A broker that goes away is waited for.

    Raises:
        DependencyError: if the broker refuses, like a topic that this user may not read.
    """
    settings = reader(kafka, "tail", beginning=tail.beginning)
    with closing(made(Consumer, settings)) as consumer:
        ends = _assign(kafka, consumer, tail)
        while not stop.is_set() and (ends or tail.follow):
            message = consumer.poll(_POLL_SECONDS)
            if message is None:
                continue
            error = message.error()
            if error is None:
                yield message
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  # documented so
                ends.discard(message.partition() or 0)
            elif error.code() not in _PASSING:
                raise refusal(kafka, f"topic {tail.topic}", error)


def _assign(kafka: KafkaConfig, consumer: Consumer, tail: Tail) -> set[int]:
    """Begin at offsets that are known now, so that nothing sent from here on is missed; gives the partitions."""
    try:
        partitions = consumer.list_topics(tail.topic, timeout=ASK_SECONDS).topics[tail.topic].partitions
        consumer.assign([TopicPartition(tail.topic, it, _begin(consumer, tail, it)) for it in sorted(partitions)])
    except KafkaException as exc:
        raise refusal(kafka, f"topic {tail.topic}", exc.args[0]) from None
    return set(partitions)


def _begin(consumer: Consumer, tail: Tail, partition: int) -> int:
    ends_at = time.monotonic() + ASK_SECONDS
    while True:
        try:
            first, last = consumer.get_watermark_offsets(TopicPartition(tail.topic, partition), timeout=ASK_SECONDS)
        except KafkaException as exc:
            # A topic that was just made has no leader for a moment.
            if exc.args[0].code() not in NO_LEADER or time.monotonic() > ends_at:
                raise
            consumer.poll(0.05)
        else:
            return int(first if tail.beginning else last)
