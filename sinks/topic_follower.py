"""A thread that reads whole topics, from the beginning and on: for tables that must stand in memory."""

import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from posestream.errors import PosestreamError
from posestream.logs import get_log
from posestream.messaging.clients import made, reader
from posestream.messaging.headers import RawHeaders
from posestream.messaging.topic_admin import ASK_SECONDS
from posestream.messaging.unreadable import Unreadable
from posestream.redact import redact
from posestream.service import Service
from sinks.burials import Burials

Heard = Callable[[bytes | None, bytes | None, RawHeaders], None]
"""Takes (key, value, headers) of a message or raises Unreadable."""

POLL_SECONDS, TURN_SECONDS, RETRY_SECONDS, LOOK_SECONDS = 0.1, 0.25, 1.0, 60.0


class TopicFollower:
    """While open, hands every message of the topics to their takers, in the order of its partition.

    It is in no consumer group: each follower reads all partitions, those that are added later too. ``caught_up`` is
    set when all that was there at the start has been handed on; ``turn`` is called some times a second from then on.
    What cannot be read goes to the dead letters, and not again after a restart: how far that was done is committed
    under this ``name`` (see `Burials`). The broker may be away at any time. What ends the thread ends the service.
    """

    def __init__(
        self, service: Service, name: str, takers: Mapping[str, Heard], turn: Callable[[], None] = lambda: None
    ) -> None:
        self._service, self._name, self._turn = service, name, turn
        self._takers = {service.config.kafka.topic(stream): heard for stream, heard in takers.items()}
        self._burials = Burials(service)
        self._fault: PosestreamError | None = None
        self._behind: set[tuple[str, int]] = set()
        self._assigned: set[tuple[str, int]] = set()
        self._complete = False
        self._turn_at = self._look_at = 0.0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.caught_up = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._thread.join(ASK_SECONDS)
        if error is None and self._fault is not None:
            raise self._fault

    def wait_caught_up(self) -> bool:
        """Wait until all that was there has been read; False if the service is to stop before."""
        while not self.caught_up.wait(POLL_SECONDS):
            self._service.readiness.turn()
            if self._service.stop.is_set():
                return False
        return True

    def _run(self) -> None:
        consumer = made(Consumer, reader(self._service.config.kafka, self._name, beginning=True))
        try:
            while not self._closing.is_set():
                self._follow(consumer)
            self._burials.finish(consumer)
        except Exception as exc:  # noqa: BLE001  # whatever it was: it ends the service, with its name
            self._end_service(exc)
        finally:
            consumer.close()

    def _end_service(self, exc: Exception) -> None:
        """Nobody waits for a thread: without this the service would go on, half blind and seemingly well."""
        service, name = self._service, self._name
        service.readiness.waits(name, f"it has ended: {type(exc).__name__}")
        if isinstance(exc, PosestreamError):
            self._fault = exc
        else:
            get_log(service.name).exception("follower_ended", follower=name)
            reason = redact(f"{type(exc).__name__}: {exc}")
            self._fault = PosestreamError(f"{service.name}: its reader '{name}' has ended: {reason}; start it again")
        service.stop.set()

    def _follow(self, consumer: Consumer) -> None:
        now = self._service.clock.monotonic()
        if now >= self._look_at:
            self._complete = self._assign(consumer) or self._complete
            self._look_at = now + (LOOK_SECONDS if self._complete else RETRY_SECONDS)
        message = consumer.poll(POLL_SECONDS)
        if message is not None:
            self._take(message)
        self._burials.commit(consumer)
        if not self.caught_up.is_set() and self._complete and not self._behind:
            self.caught_up.set()
        if self.caught_up.is_set() and now >= self._turn_at:
            self._turn_at = now + TURN_SECONDS
            self._turn()

    def _assign(self, consumer: Consumer) -> bool:
        """Read the partitions that are not read yet, too; False if the broker does not tell of all topics."""
        try:
            there = {name: consumer.list_topics(name, ASK_SECONDS / 2).topics[name] for name in self._takers}
            wanted = {(name, number) for name, topic in there.items() for number in topic.partitions}
            fresh = wanted - self._assigned
            if fresh:
                self._burials.know(consumer, fresh)
        except KafkaException as exc:
            get_log("kafka").debug("waits", reason=redact(str(exc)))
            return False
        if fresh:
            consumer.incremental_assign([TopicPartition(name, number, OFFSET_BEGINNING) for name, number in fresh])
            self._assigned |= fresh
            self._behind |= fresh if not self.caught_up.is_set() else set()
        return all(topic.partitions for topic in there.values())

    def _take(self, message: Message) -> None:
        topic, partition, error = message.topic() or "", message.partition() or 0, message.error()
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  # its public name has the underscore
                self._behind.discard((topic, partition))
            else:
                get_log("kafka").debug("consumer_error", code=error.name(), reason=redact(error.str()))
            return
        try:
            self._takers[topic](message.key(), message.value(), message.headers())
        except Unreadable as exc:
            self._burials.bury(message, exc)
