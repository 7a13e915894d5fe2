"""Dead letters of topics that are read whole: which messages have been buried is committed under the reader's name."""

from collections.abc import Iterable

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from posestream.errors import DependencyError
from posestream.logs import get_log
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.topic_admin import ASK_SECONDS
from posestream.messaging.unreadable import Unreadable
from posestream.redact import redact
from posestream.service import Service

Place = tuple[str, int]
"""Topic and partition."""

COMMIT_SECONDS = 1.0
FLUSH_SECONDS = 1.0
RETRY_SECONDS = 30.0


class Burials:
    """Sends each unreadable message to the dead letters, and not again after a restart.

    Guarantee: at least once. An offset is committed when the broker has the letter; a worker that is killed within
    the second before sends it again, and of two workers that read the same message at the same time each sends it.
    Used by the reader's thread.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._next: dict[Place, int] = {}
        self._delivered: dict[Place, int] = {}
        self._commit_at, self._sent = 0.0, False

    def know(self, consumer: Consumer, places: Iterable[Place]) -> None:
        """Ask how far the messages of these partitions were buried before; to be done before they are read.

        Raises:
            KafkaException: if the broker does not say so now.
            DependencyError: if this user may not use the group.
        """
        try:
            found = consumer.committed([TopicPartition(*place) for place in places], ASK_SECONDS / 2)
        except KafkaException as exc:
            self._raise_denied(exc.args[0])
            raise
        for place in found:
            if place.error is not None:
                self._raise_denied(place.error)
                raise KafkaException(place.error)
        self._next |= {(place.topic, place.partition): place.offset for place in found}

    def bury(self, message: Message, why: Unreadable) -> None:
        """Send a message to the dead letters unless that was done before."""
        topic, partition, offset = message.topic() or "", message.partition() or 0, message.offset() or 0
        place = topic, partition
        if offset < self._next.get(place, 0):
            return
        self._next[place], self._sent = offset + 1, True
        name, headers = self._service.name, message.headers()
        letter = DeadLetter(why.reason, name, topic, partition, offset, message.key(), message.value(), headers)
        self._service.dead_letters.count(letter)
        self._service.producer.send_dead_letter(letter, lambda: self._delivered.update({place: offset + 1}))

    def commit(self, consumer: Consumer) -> None:
        """Note at the broker what it has: once a second at most, so that it may be called at any time."""
        now = self._service.clock.monotonic()
        if self._delivered and now >= self._commit_at:
            self._commit_at = now + COMMIT_SECONDS
            self._commit(consumer)

    def finish(self, consumer: Consumer) -> None:
        """Note what was sent last; waits a second at most."""
        if self._sent:
            self._service.producer.flush(FLUSH_SECONDS)
        if self._delivered:
            self._commit(consumer)

    def _commit(self, consumer: Consumer) -> None:
        done = dict(self._delivered)
        try:
            consumer.commit(
                offsets=[TopicPartition(*place, offset) for place, offset in done.items()], asynchronous=False
            )
        except KafkaException as exc:
            self._commit_at += RETRY_SECONDS
            get_log("kafka").warning("not_committed", reason=redact(str(exc)), consequence="letters may come again")
            return
        for place, offset in done.items():
            if self._delivered[place] == offset:
                del self._delivered[place]

    def _raise_denied(self, error: object) -> None:
        if isinstance(error, KafkaError) and error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
            name, reason = self._service.name, error.str().rstrip(".")
            raise DependencyError(redact(f"{name}: Kafka refuses: {reason}; this user lacks an ACL")) from None
