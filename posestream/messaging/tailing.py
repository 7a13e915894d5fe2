"""Looking on at a topic: all its partitions from one end; nothing is committed, no group is disturbed."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from posestream.config import KafkaConfig
from posestream.errors import DependencyError, UsageError
from posestream.messaging.broker_admin import ASK_SECONDS, admin_client, asked, refusal
from posestream.messaging.clients import made, reader
from posestream.messaging.readable import stream_of
from posestream.messaging.topics import topic_specs

_POLL_SECONDS = 0.2
_PASSING = {KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._RESOLVE}  # noqa: SLF001  # documented so


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
        partitions = sorted(consumer.list_topics(tail.topic, timeout=ASK_SECONDS).topics[tail.topic].partitions)
        places = []
        for number in partitions:
            first, last = consumer.get_watermark_offsets(TopicPartition(tail.topic, number), timeout=ASK_SECONDS)
            places.append(TopicPartition(tail.topic, number, first if tail.beginning else last))
        consumer.assign(places)
    except KafkaException as exc:
        raise refusal(kafka, f"topic {tail.topic}", exc.args[0]) from None
    return set(partitions)
