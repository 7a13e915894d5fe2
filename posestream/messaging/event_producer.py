"""The producer of events: what is given to it arrives, in order of its key, once the broker can be reached."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaError, Message, Producer

from posestream.config import KafkaConfig
from posestream.errors import DependencyError
from posestream.messaging.clients import events_producer, made
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.headers import Headers
from posestream.messaging.topics import DEAD_LETTERS

MOST_WAITING = 50_000
DRAIN_SECONDS = 8.0
_POLL_SECONDS = 0.05


class EventProducer:
    """An idempotent producer with its own thread for delivery reports; safe for threads.

    Guarantee: at least once. With the broker away messages wait in memory (up to 64 MB); then ``send`` waits,
    which slows down whoever makes events rather than losing them.
    """

    def __init__(self, kafka: KafkaConfig) -> None:
        self._kafka = kafka
        self._producer = made(Producer, events_producer(kafka))
        self._closing = threading.Event()
        self._failed: str | None = None
        self._thread = threading.Thread(target=self._serve, name="event-producer", daemon=True)

    def send(
        self,
        stream: str,
        key: str | bytes | None,
        value: bytes | None,
        headers: Headers,
        on_delivered: Callable[[], None] | None = None,
        *,
        vital: bool = True,
    ) -> None:
        """Hand over one message of a topic; ``on_delivered`` is called from another thread when the broker has it.

        A message that is not ``vital`` (a sign of life) may be refused by the broker without consequences.

        Raises:
            DependencyError: if an earlier message was refused for good: sending on would hide a hole.
        """
        while len(self._producer) >= MOST_WAITING and not self._closing.is_set():
            self._closing.wait(_POLL_SECONDS)
        self._raise_failed()
        while True:
            try:
                # Looked at the length first: confluent-kafka below 2.13.2 leaks the headers of a BufferError.
                self._producer.produce(
                    self._kafka.topic(stream),
                    value,
                    key,
                    headers=headers,
                    on_delivery=self._report(on_delivered, vital=vital),
                )
            except BufferError:
                self._closing.wait(_POLL_SECONDS)
            else:
                return

    def send_dead_letter(self, letter: DeadLetter) -> None:
        """Send what could not be read to the dead letters."""
        self.send(DEAD_LETTERS, letter.key, letter.message_value(), letter.message_headers())

    @property
    def waiting(self) -> int:
        """Messages that the broker has not confirmed yet."""
        return len(self._producer)

    def flush(self, seconds: float) -> int:
        """Wait until the broker has everything; gives how many messages it has not after ``seconds``."""
        left = int(self._producer.flush(seconds))
        self._raise_failed()
        return left

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        left = int(self._producer.flush(DRAIN_SECONDS))
        self._closing.set()
        self._thread.join(1.0)
        if left and error is None:
            raise DependencyError(
                f"Kafka at {self._kafka.bootstrap_servers} did not take the last {left} events: they are lost"
            )

    def _serve(self) -> None:
        while not self._closing.is_set():
            self._producer.poll(0.2)

    def _report(
        self, on_delivered: Callable[[], None] | None, *, vital: bool
    ) -> Callable[[KafkaError | None, Message], None]:
        def report(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                if vital:
                    self._failed = f"{message.topic()}: {error.str()}"
            elif on_delivered is not None:
                on_delivered()

        return report

    def _raise_failed(self) -> None:
        if self._failed is not None:
            raise DependencyError(f"Kafka refused an event of {self._failed}")
