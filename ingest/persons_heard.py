"""Before which cameras there are persons, as `track` says: the motion gate must not pass over who lies still."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from confluent_kafka import OFFSET_END, Consumer, KafkaException, Message, TopicPartition

from posestream.config import KafkaConfig
from posestream.logs import get_log
from posestream.messaging.clients import made, reader
from posestream.messaging.events import read_tracks
from posestream.messaging.topic_admin import ASK_SECONDS
from posestream.messaging.topics import TRACKS
from posestream.messaging.unreadable import Unreadable
from posestream.redact import redact

_POLL_SECONDS, _RETRY_SECONDS = 0.2, 1.0


class PersonsHeard:
    """While open, tells for each message of the tracks topic whether its camera has a confirmed person.

    It is in no group and commits nothing. The broker may be away at any time: then nothing is told, and cameras of
    which nothing is told are read in full.
    """

    def __init__(self, kafka: KafkaConfig, tell: Callable[[str, bool], None]) -> None:
        self._kafka, self._tell = kafka, tell
        self._assigned: set[int] = set()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="persons-heard", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._thread.join(ASK_SECONDS)

    def _run(self) -> None:
        consumer = made(Consumer, reader(self._kafka, "persons", beginning=False))
        try:
            while not self._closing.is_set():
                self._follow(consumer)
        finally:
            consumer.close()

    def _follow(self, consumer: Consumer) -> None:
        if not self._assigned and not self._assign(consumer):
            self._closing.wait(_RETRY_SECONDS)
            return
        message = consumer.poll(_POLL_SECONDS)
        if message is not None and message.error() is None:
            self._hear(message)

    def _assign(self, consumer: Consumer) -> bool:
        name = self._kafka.topic(TRACKS)
        try:
            numbers = set(consumer.list_topics(name, ASK_SECONDS / 2).topics[name].partitions)
            consumer.assign([TopicPartition(name, number, OFFSET_END) for number in numbers])
        except KafkaException as exc:
            get_log("kafka").debug("waits", reason=redact(str(exc)))
            return False
        self._assigned = numbers
        return bool(numbers)

    def _hear(self, message: Message) -> None:
        try:
            tracks = read_tracks(message.key(), message.value(), message.headers())
        except Unreadable:
            return  # those who work with it say so
        self._tell(tracks.poses.stamp.camera_id, bool(tracks.confirmed.any()))
