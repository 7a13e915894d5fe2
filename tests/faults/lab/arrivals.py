"""When messages of a topic become readable: a thread that reads along and notes the wall clock."""

import threading
import time
import uuid
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from confluent_kafka import Consumer, TopicPartition

from posestream.config import KafkaConfig
from posestream.messaging.clients import made, reader
from posestream.messaging.headers import RawHeaders


@dataclass(frozen=True)
class Arrival:
    """One message and when it could be read, UTC nanoseconds."""

    at_ns: int
    key: bytes | None
    value: bytes | None
    headers: RawHeaders


class Arrivals:
    """While open, notes every message that comes on a topic from now on."""

    def __init__(self, kafka: KafkaConfig, stream: str) -> None:
        settings = reader(kafka, f"lab-{uuid.uuid4().hex}", beginning=False) | {"enable.partition.eof": False}
        self._consumer = made(Consumer, settings)
        self._topic = kafka.topic(stream)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self.seen: list[Arrival] = []

    def __enter__(self) -> Self:
        numbers = self._consumer.list_topics(self._topic, timeout=10).topics[self._topic].partitions
        # The ends as they are now: OFFSET_END would be looked up later, when messages have come already.
        ends = [
            TopicPartition(
                self._topic, number, self._consumer.get_watermark_offsets(TopicPartition(self._topic, number))[1]
            )
            for number in numbers
        ]
        self._consumer.assign(ends)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._thread.join(5.0)
        self._consumer.close()

    def _read(self) -> None:
        while not self._closing.is_set():
            message = self._consumer.poll(0.2)
            if message is not None and message.error() is None:
                self.seen.append(Arrival(time.time_ns(), message.key(), message.value(), message.headers()))
