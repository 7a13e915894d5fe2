"""Settings of the Kafka clients: what each kind of client needs, over what the config says of the broker."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException

from posestream.config import KafkaConfig
from posestream.errors import ConfigError, DependencyError
from posestream.logs import get_log
from posestream.messaging.frame_message import MOST_BYTES
from posestream.messaging.topics import HEADROOM
from posestream.redact import redact

Settings = dict[str, Any]
_Client = TypeVar("_Client")

# A dead worker's partitions are free after this time; the broker's least session is 6 s.
SESSION_MS, HEARTBEAT_MS = 6_000, 500
QUEUE_KBYTES = 65_536
_EVERY_CLIENT: Settings = {
    "socket.keepalive.enable": True,
    "reconnect.backoff.max.ms": 2000,
    "allow.auto.create.topics": False,
}
_SMALL_FETCHES: Settings = {
    "queued.max.messages.kbytes": 8192,
    "queued.min.messages": 4,
    "fetch.max.bytes": MOST_BYTES + 2 * HEADROOM,
    "fetch.message.max.bytes": 1_048_576,
    "message.max.bytes": MOST_BYTES + 2 * HEADROOM,
    "receive.message.max.bytes": 2 * MOST_BYTES + 1_000_000,
    # The default of 1000 ms with a small queue is a cliff: the queue runs empty and waits.
    "fetch.queue.backoff.ms": 5,
    "session.timeout.ms": SESSION_MS,
    "heartbeat.interval.ms": HEARTBEAT_MS,
    "max.poll.interval.ms": 300_000,
}


def frames_producer(kafka: KafkaConfig) -> Settings:
    """At most once, newest first: a small queue, given up after 1.5 s, no idempotence."""
    ours = {
        "enable.idempotence": False,
        "acks": 1,
        "retries": 0,  # a repeated frame could arrive twice, or after newer ones
        "linger.ms": 0,
        "message.timeout.ms": 1500,
        "queue.buffering.max.kbytes": QUEUE_KBYTES,
        "queue.buffering.max.messages": 1000,
        "message.max.bytes": MOST_BYTES + HEADROOM,
        "compression.type": "none",
        "partitioner": "murmur2_random",
    }
    return _client(kafka, ours)


def events_producer(kafka: KafkaConfig) -> Settings:
    """At least once, in order per key: idempotent, and what the broker cannot take now waits for it."""
    ours = {
        "enable.idempotence": True,
        "acks": "all",
        "linger.ms": 1,
        # Never given up: ids are deterministic, but an event that inference made must arrive.
        "message.timeout.ms": 0,
        "queue.buffering.max.kbytes": QUEUE_KBYTES,
        "message.max.bytes": MOST_BYTES + 2 * HEADROOM,
        "partitioner": "murmur2_random",
    }
    return _client(kafka, ours)


def frames_consumer(kafka: KafkaConfig, group: str) -> Settings:
    """For infer: little is fetched ahead, offsets are stored when a frame is done."""
    ours = {
        "group.id": f"{kafka.topic_prefix}.{group}",
        "enable.auto.commit": True,
        "auto.commit.interval.ms": 1000,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "latest" if kafka.max_frame_age else "earliest",
        "partition.assignment.strategy": "cooperative-sticky",
    }
    return _client(kafka, _SMALL_FETCHES | ours)


def reader(kafka: KafkaConfig, group: str, *, beginning: bool) -> Settings:
    """For looking on: commits nothing, is in nobody's way."""
    ours = {
        "group.id": f"{kafka.topic_prefix}.{group}",
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest" if beginning else "latest",
        "enable.partition.eof": True,
    }
    return _client(kafka, _SMALL_FETCHES | ours)


def stream_consumer() -> Settings:
    """Give what the Quix Streams services add to their consumers: bounded memory, a quick end of the dead."""
    return {
        "queued.max.messages.kbytes": 8192,
        "queued.min.messages": 100,
        "fetch.max.bytes": 4_194_304,
        "fetch.message.max.bytes": 1_048_576,
        "fetch.queue.backoff.ms": 5,
        "session.timeout.ms": SESSION_MS,
        "heartbeat.interval.ms": HEARTBEAT_MS,
        "allow.auto.create.topics": False,
    }


def stream_producer() -> Settings:
    """Give what the Quix Streams services add to their producers: as the events producer, transactions kept short."""
    return {
        "linger.ms": 1,
        "partitioner": "murmur2_random",
        "message.max.bytes": MOST_BYTES + 2 * HEADROOM,
        "queue.buffering.max.kbytes": QUEUE_KBYTES,
    }


def made(make: Callable[[Settings], _Client], settings: Settings) -> _Client:
    """Make a client; a property that librdkafka does not know is a mistake in the config.

    Raises:
        ConfigError: one line, without the value: it may be a secret.
    """
    try:
        return make(settings | {"logger": _client_log(), "error_cb": _on_error})
    except KafkaException as exc:
        reason = str(exc.args[0].str() if exc.args and isinstance(exc.args[0], KafkaError) else exc)
    for name, value in settings.items():
        if name != "bootstrap.servers" and isinstance(value, str) and len(value) > 3:
            reason = reason.replace(value, f"(value of {name})")
    raise ConfigError(redact(f"kafka.properties: {reason}"))


def unreachable(kafka: KafkaConfig, cause: object) -> DependencyError:
    """Say that the broker does not answer."""
    secured = any(word in str(cause) for word in ("SASL", "SSL", "uthentication"))
    remedy = "are kafka.properties right?" if secured else "is it running, is kafka.bootstrap_servers right?"
    return DependencyError(redact(f"Kafka at {kafka.bootstrap_servers} cannot be reached: {cause}; {remedy}"))


def _client(kafka: KafkaConfig, ours: Settings) -> Settings:
    """Defaults of every client, then ours, then what the config says: it may change all but our guarantees."""
    return _EVERY_CLIENT | ours | kafka.librdkafka()


class _RedactedLog(logging.Handler):
    """Takes what librdkafka says into our log."""

    def emit(self, record: logging.LogRecord) -> None:
        get_log("kafka").debug("client", text=redact(record.getMessage()))


def _client_log() -> logging.Logger:
    log = logging.getLogger("posestream.kafka")
    if not log.handlers:
        log.addHandler(_RedactedLog())
        log.propagate = False
    return log


def _on_error(error: KafkaError) -> None:
    get_log("kafka").debug("client_error", code=error.name(), text=redact(error.str()))
