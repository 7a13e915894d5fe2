"""Our stateful services as Quix Streams applications: state per camera in its stores, recovered from changelogs.

Guarantee of ``at-least-once``: after a crash the state is that of the last commit and the messages since then are
processed again; with deterministic stages they give the same answers with the same ids, which readers pass over.
``exactly-once``: answers, state and offsets are committed together; a reader of committed messages sees each once.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException
from quixstreams import Application, message_context
from quixstreams.checkpointing.exceptions import CheckpointConsumerCommitError, CheckpointProducerTimeout
from quixstreams.dataframe import StreamingDataFrame
from quixstreams.error_callbacks import ProducerErrorCallback
from quixstreams.exceptions.assignment import PartitionAssignmentError
from quixstreams.internal_producer import InternalProducer, KafkaProducerTransactionCommitFailed
from quixstreams.kafka.exceptions import (
    BaseKafkaException,
    KafkaBrokerUnavailableError,
    KafkaConsumerException,
    KafkaProducerDeliveryError,
)
from quixstreams.models import Topic
from quixstreams.models.topics.exceptions import (
    CreateTopicFailure,
    CreateTopicTimeout,
    TopicConfigurationMismatch,
    TopicPermissionError,
)
from quixstreams.state.exceptions import ChangelogTopicPartitionNotAssigned

from posestream.errors import DependencyError
from posestream.logs import get_log
from posestream.messaging.clients import stream_consumer, stream_producer
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.headers import RawHeaders
from posestream.messaging.statistics import STATISTICS_MS, ConsumerStatistics
from posestream.messaging.topics import DEAD_LETTERS
from posestream.messaging.unreadable import Unreadable
from posestream.redact import redact
from posestream.service import Service
from posestream.telemetry.readiness import BROKER
from sinks.bounded_producer import BoundedProducer
from sinks.quix_log import hear_quix

_Event = TypeVar("_Event")
Reader = Callable[[bytes | None, bytes | None, RawHeaders], _Event]
"""Reads (key, value, headers) of a message or raises Unreadable."""

TRANSACTION_MS = 10_000
RESTART_SECONDS = 1.0
# Of one question to the broker: Quix Streams' own 30 and 60 s would outlast the time that a drain has.
ASK_SECONDS, CREATE_SECONDS = 5.0, 10.0
# What a broker that is away or moves causes: the application is made anew and goes on from its last commit.
_PASSING = (
    CheckpointConsumerCommitError,
    CheckpointProducerTimeout,
    KafkaBrokerUnavailableError,
    KafkaProducerDeliveryError,
    KafkaProducerTransactionCommitFailed,
    KafkaConsumerException,
    KafkaException,
    CreateTopicFailure,
    CreateTopicTimeout,
    TopicConfigurationMismatch,
    TopicPermissionError,
    # The assignment was lost while it was being taken up.
    PartitionAssignmentError,
    ChangelogTopicPartitionNotAssigned,
)
_DENIED = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
}


@dataclass(frozen=True)
class StreamOptions:
    """How often a service commits (seconds, or after so many messages; 0: by time alone), and how it delivers."""

    commit_seconds: float
    commit_every: int = 0
    exactly_once: bool = False


class StreamApplication(Application):
    """A Quix Streams application that leaves the signals to StopSignals and bounds its commits."""

    def _setup_signal_handlers(self) -> None:
        """Do nothing: the service's own handlers ask it to stop."""

    def _get_internal_producer(
        self, on_error: ProducerErrorCallback | None = None, transactional: bool | None = None
    ) -> InternalProducer:
        """Give the producer of the dataframes as Quix makes it, with bounded commits."""
        producer = super()._get_internal_producer(on_error, transactional)
        producer.__class__ = BoundedProducer
        return producer

    def bury(self, topic: str, letter: DeadLetter) -> None:
        """Send a dead letter with what the dataframes send: it is there, or rolled back, with the next commit."""
        headers: Any = letter.message_headers()  # Quix' type of headers knows no None
        self._producer.produce(topic, letter.message_value(), letter.key, headers)


def run_stream(service: Service, options: StreamOptions, build: Callable[[StreamApplication], None]) -> None:
    """Run an application until the service is told to stop; ``build`` adds its dataframes.

    A broker that goes away is waited for: the application is made anew until it works again.

    Raises:
        DependencyError: if another worker of the same name has taken over (a fatal error of the client), or if this
            user lacks an ACL.
    """
    hear_quix()
    while not service.stop.is_set():
        try:
            app = _application(service, options)
            build(app)  # it asks the broker for the topics
            with _stopped_with(service, app):
                app.run()
        except _PASSING as exc:
            _raise_lasting(service, exc)
            service.readiness.turn()
            service.readiness.waits(BROKER, f"the stream starts anew: {type(exc).__name__}")  # until it has one
            get_log(service.name).warning("restarts", reason=redact(f"{type(exc).__name__}: {exc}"))
            service.stop.wait(RESTART_SECONDS)


def events(
    service: Service, app: StreamApplication, stream: str, read: Reader[_Event]
) -> tuple[StreamingDataFrame, Topic]:
    """Give the readable events of a topic as a dataframe; the others go to the dead letters on the way.

    Its values are what ``read`` gives; the second answer is the topic itself.
    """
    kafka = service.config.kafka
    source = bytes_topic(app, kafka.topic(stream))

    def parsed(value: bytes | None, key: bytes | None, _timestamp: int, headers: RawHeaders) -> object:
        try:
            return read(key, value, headers)
        except Unreadable as exc:
            where = message_context()
            place = where.topic, where.partition, where.offset
            letter = DeadLetter(exc.reason, service.name, *place, key, value, headers)
            service.dead_letters.count(letter)
            return letter

    return without_letters(service, app, app.dataframe(source).apply(parsed, metadata=True)), source


def without_letters(service: Service, app: StreamApplication, both: StreamingDataFrame) -> StreamingDataFrame:
    """Give the values of a dataframe that are no dead letters; those go to their topic, committed with all others."""
    topic = service.config.kafka.topic(DEAD_LETTERS)

    # Not a branch of the dataframe: Quix pickles each value, the good ones too, wherever one begins.
    def alive(value: object) -> bool:
        if isinstance(value, DeadLetter):
            app.bury(topic, value)
            return False
        return True

    return both.filter(alive)


def bytes_topic(app: StreamApplication, name: str) -> Topic:
    """Give a topic whose keys and values are bytes as they are."""
    return app.topic(
        name, key_deserializer="bytes", value_deserializer="bytes", key_serializer="bytes", value_serializer="bytes"
    )


def _application(service: Service, options: StreamOptions) -> StreamApplication:
    kafka = service.config.kafka
    properties = {name: value for name, value in kafka.librdkafka().items() if name != "bootstrap.servers"}
    producing = stream_producer() | properties
    if options.exactly_once:
        producing |= {
            "transactional.id": f"{kafka.topic_prefix}.{service.worker.replace('/', '.')}",
            "transaction.timeout.ms": TRANSACTION_MS,
        }
    consuming = stream_consumer() | properties
    consuming |= {
        # The same worker comes back into its old place: no rebalance, no wait for the end of a dead session.
        "group.instance.id": service.worker.replace("/", "."),
        "statistics.interval.ms": STATISTICS_MS,
        "stats_cb": _statistics(service),
    }
    return StreamApplication(
        broker_address=kafka.bootstrap_servers,
        consumer_group=f"{kafka.topic_prefix}.{service.name}",
        auto_offset_reset="earliest",
        commit_interval=options.commit_seconds,
        commit_every=options.commit_every,
        consumer_extra_config=consuming,
        producer_extra_config=producing,
        state_dir=service.data / "state" / service.worker.replace("/", "."),
        consumer_poll_timeout=min(options.commit_seconds, 0.1),
        processing_guarantee="exactly-once" if options.exactly_once else "at-least-once",
        on_consumer_error=_on_consumer_error,
        loglevel=None,
        broker_availability_timeout=0,
        request_timeout=ASK_SECONDS,
        topic_create_timeout=CREATE_SECONDS,
    )


def _statistics(service: Service) -> Callable[[str], None]:
    """Take librdkafka's statistics, which come through the application's own loop: it turns."""
    take = ConsumerStatistics(service.metrics, service.readiness)

    def turned(text: str) -> None:
        service.readiness.turn()
        take(text)

    return turned


@contextmanager
def _stopped_with(service: Service, app: StreamApplication) -> Iterator[None]:
    """Stop the application when the service is to stop."""
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            if service.stop.wait(0.1):
                app.stop()  # until it has ended: one that is only starting forgets that it was stopped
                done.wait(0.1)

    watcher = threading.Thread(target=watch, name="stopper", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join(1.0)


def _on_consumer_error(exc: Exception, _message: object, _logger: object) -> bool:
    """Say whether the application goes on: what passes by itself (a broker away) does not stop it."""
    error = exc.args[0] if exc.args else None
    if not isinstance(error, KafkaError) or error.fatal():
        return False
    get_log("kafka").warning("consumer_error", code=error.name(), reason=redact(error.str()))
    return True


def _kafka_error(exc: Exception) -> KafkaError | None:
    """Give what the client said: Quix Streams' exceptions hold it as ``error``, the client's own as an argument."""
    error = exc.error if isinstance(exc, BaseKafkaException) else exc.args[0] if exc.args else None
    return error if isinstance(error, KafkaError) else None


def _raise_lasting(service: Service, exc: Exception) -> None:
    """Raise what waiting does not mend: another worker of this name, a right that this user lacks, partitions."""
    error = _kafka_error(exc)
    denied = isinstance(exc, TopicPermissionError) or (error is not None and error.code() in _DENIED)
    if denied or (isinstance(exc, CreateTopicFailure) and "verify if" in str(exc)):
        reason = (str(exc) if error is None else error.str()).rstrip(".")
        raise DependencyError(redact(f"{service.name}: Kafka refuses: {reason}; this user lacks an ACL")) from None
    # A fatal error that comes as a message says so by its code alone.
    if error is not None and (error.fatal() or error.code() == KafkaError._FATAL):  # noqa: SLF001  # documented so
        text = f"{service.worker}: Kafka has ended this worker: {error.str()}; does another one have its --worker-id?"
        raise DependencyError(redact(text)) from None
    if isinstance(exc, TopicConfigurationMismatch):
        raise DependencyError(
            redact(f"{service.name}: {exc}; run 'posestream topics apply --more-partitions'")
        ) from None
