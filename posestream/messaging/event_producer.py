"""The producer of events: what is given to it arrives, in order of its key, once the broker can be reached."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from posestream.config import KafkaConfig
from posestream.errors import DependencyError
from posestream.messaging.clients import QUEUE_KBYTES, events_producer, made
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.headers import Headers
from posestream.messaging.topics import DEAD_LETTERS

MOST_WAITING = 50_000
# Below what librdkafka itself would refuse: confluent-kafka before 2.13.2 leaks the headers of what it refuses.
MOST_WAITING_BYTES = QUEUE_KBYTES * 1024 * 3 // 4
GRACE_SECONDS, DRAIN_SECONDS = 1.0, 6.0
_POLL_SECONDS = 0.05
_Report = Callable[[KafkaError | None, Message], None]


class EventProducer:
    """An idempotent producer with its own thread for delivery reports; safe for threads.

    Guarantee: at least once. With the broker away messages wait in memory (up to 48 MB); then ``send`` waits,
    which slows down whoever makes events rather than losing them, until ``stop`` is set.
    """

    def __init__(
        self,
        kafka: KafkaConfig,
        stop: threading.Event | None = None,
        *,
        most_waiting: int = MOST_WAITING,
        drain_seconds: float = DRAIN_SECONDS,
    ) -> None:
        self._kafka, self._most_waiting, self._drain_seconds = kafka, most_waiting, drain_seconds
        self._producer = made(Producer, events_producer(kafka))
        self._stop = stop or threading.Event()
        self._closing = threading.Event()
        self._failed: str | None = None
        self._lock = threading.Lock()
        self._bytes = self._vital = 0
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

        A message that is not ``vital`` (a sign of life) may be refused by the broker without consequences, and is
        let go when too many others wait.

        Raises:
            DependencyError: if an earlier message was refused for good: sending on would hide a hole. Or if the end
                came (``stop``) while too many others waited for a broker that is away.
        """
        if not vital and self._is_full():
            return
        size = len(value or b"") + sum(len(name) + len(text or b"") for name, text in headers)
        report = self._report(size, on_delivered, vital=vital)
        self._wait_for_room()
        try:
            self._produce(self._kafka.topic(stream), key, value, headers, report)
        except KafkaException as exc:
            if vital:
                self._failed = f"{self._kafka.topic(stream)}: {_reason(exc)}"
        else:
            with self._lock:
                self._bytes += size
                self._vital += vital
        self._raise_failed()

    def send_dead_letter(self, letter: DeadLetter, on_delivered: Callable[[], None] | None = None) -> None:
        """Send what could not be read to the dead letters; ``on_delivered`` as for ``send``."""
        self.send(DEAD_LETTERS, letter.key, letter.message_value(), letter.message_headers(), on_delivered)

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
        self._drain()
        self._closing.set()
        self._thread.join(1.0)
        if error is None:
            self._raise_failed()
        if self._vital > 0 and error is None:
            raise DependencyError(
                f"Kafka at {self._kafka.bootstrap_servers} did not take the last {self._vital} events: they are lost"
            )

    def _produce(
        self, topic: str, key: str | bytes | None, value: bytes | None, headers: Headers, report: _Report
    ) -> None:
        while True:
            try:
                return self._producer.produce(topic, value, key, headers=headers, on_delivery=report)
            except BufferError:  # the config made the queue smaller than ours
                time.sleep(_POLL_SECONDS)
                if self._stop.is_set():
                    self._raise_overfull()

    def _drain(self) -> None:
        """Wait until the broker has everything; for signs of life alone not long."""
        began = time.monotonic()
        while self._producer.flush(_POLL_SECONDS):
            most = self._drain_seconds if self._vital > 0 else min(GRACE_SECONDS, self._drain_seconds)
            if time.monotonic() - began > most:
                return

    def _serve(self) -> None:
        while not self._closing.is_set():
            self._producer.poll(0.2)

    def _is_full(self) -> bool:
        return len(self._producer) >= self._most_waiting or self._bytes >= MOST_WAITING_BYTES

    def _wait_for_room(self) -> None:
        ended_for = 0.0
        while self._is_full():
            self._raise_failed()
            if ended_for > GRACE_SECONDS:
                self._raise_overfull()
            time.sleep(_POLL_SECONDS)
            ended_for += _POLL_SECONDS if self._stop.is_set() else 0.0
        self._raise_failed()

    def _raise_overfull(self) -> None:
        raise DependencyError(
            f"Kafka at {self._kafka.bootstrap_servers} takes no events: {len(self._producer)} wait, the next is lost"
        )

    def _report(self, size: int, on_delivered: Callable[[], None] | None, *, vital: bool) -> _Report:
        def report(error: KafkaError | None, message: Message) -> None:
            with self._lock:
                self._bytes -= size
                self._vital -= vital
            if error is not None:
                if vital:
                    self._failed = f"{message.topic()}: {error.str()}"
            elif on_delivered is not None:
                on_delivered()

        return report

    def _raise_failed(self) -> None:
        if self._failed is not None:
            raise DependencyError(f"Kafka refused an event of {self._failed}")


def _reason(exc: Exception) -> str:
    error = exc.args[0] if exc.args else exc
    return error.str() if isinstance(error, KafkaError) else str(exc)
