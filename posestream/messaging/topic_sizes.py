"""Whether the largest message fits everywhere: through our clients as the config makes them, and into each topic.

What needs no look: a consumer's ``fetch.max.bytes`` and ``fetch.message.max.bytes``, since a broker sends the first
message whole however large it is; our own clients' defaults, which fit (a test says so).
"""

from collections.abc import Iterator, Mapping

from posestream.config import KafkaConfig
from posestream.messaging.topic_plan import CHANGELOG, TopicState
from posestream.messaging.topics import TopicSpec, topic_specs

BATCH_BYTES = 1_000_000
"""librdkafka's batch.size: a producer packs so many bytes of small messages into one; a topic must take that."""
RESPONSE_BYTES = 512
"""What librdkafka wants around the largest message of a response."""


def size_complaints(kafka: KafkaConfig, there: Mapping[str, TopicState], broker_bytes: int | None = None) -> list[str]:
    """Give one line for each limit that is too small, with what mends it.

    ``there`` are the topics that could be looked at; ``broker_bytes`` is the broker's ``message.max.bytes``, None if
    it may not be read.
    """
    specs = topic_specs(kafka)
    return [*_properties(kafka, specs, there), *_topics(kafka, specs, there), *_changelogs(kafka, there, broker_bytes)]


def _properties(kafka: KafkaConfig, specs: tuple[TopicSpec, ...], there: Mapping[str, TopicState]) -> Iterator[str]:
    largest = max(spec.most_bytes for spec in specs)
    sent = _number(kafka, "message.max.bytes")
    if sent is not None and sent < largest:
        yield (
            f"kafka.properties: message.max.bytes {sent} is less than the largest message ({largest}): leave it out, "
            f"or write 'message.max.bytes: {largest}'"
        )
    taken = _number(kafka, "receive.message.max.bytes")
    answer = max([largest, *(_limit(there[spec.name]) or 0 for spec in specs if spec.name in there)]) + RESPONSE_BYTES
    if taken is not None and taken < answer:
        yield (
            f"kafka.properties: receive.message.max.bytes {taken} is less than an answer with the largest message "
            f"({answer}): leave it out, or write 'receive.message.max.bytes: {answer}'"
        )
    batch = _number(kafka, "batch.size")
    least = min(spec.most_bytes for spec in specs)
    if batch is not None and batch > least:
        yield (
            f"kafka.properties: batch.size {batch} is more than the smallest topic takes ({least}): leave it out, "
            f"or write 'batch.size: {BATCH_BYTES}'"
        )


def _topics(kafka: KafkaConfig, specs: tuple[TopicSpec, ...], there: Mapping[str, TopicState]) -> Iterator[str]:
    for spec in specs:
        limit = _limit(there[spec.name]) if spec.name in there else None
        if limit is not None and limit < spec.most_bytes:
            command = _set_topic(kafka, spec.name, spec.most_bytes)
            yield (
                f"topic {spec.name} takes messages of at most {limit} bytes, ours may have {spec.most_bytes}: run "
                f"'posestream topics apply', or '{command}'"
            )


def _changelogs(kafka: KafkaConfig, there: Mapping[str, TopicState], broker_bytes: int | None) -> Iterator[str]:
    for name in sorted(there):
        limit = _limit(there[name])
        if name.startswith(CHANGELOG) and limit is not None and limit < BATCH_BYTES:
            yield (
                f"topic {name} takes messages of at most {limit} bytes, a worker's state may have {BATCH_BYTES}: run "
                f"'{_set_topic(kafka, name, BATCH_BYTES)}'"
            )
    if broker_bytes is not None and broker_bytes < BATCH_BYTES:
        yield (
            f"the broker's message.max.bytes {broker_bytes} holds for the changelog topics that the workers make, "
            f"which need {BATCH_BYTES}: run 'kafka-configs.sh --bootstrap-server {kafka.bootstrap_servers} --alter "
            f"--entity-type brokers --entity-default --add-config message.max.bytes={BATCH_BYTES}'"
        )


def _set_topic(kafka: KafkaConfig, name: str, most_bytes: int) -> str:
    return (
        f"kafka-configs.sh --bootstrap-server {kafka.bootstrap_servers} --alter --entity-type topics "
        f"--entity-name {name} --add-config max.message.bytes={most_bytes}"
    )


def _limit(state: TopicState) -> int | None:
    return None if state.settings is None else int(state.settings["max.message.bytes"])


def _number(kafka: KafkaConfig, name: str) -> int | None:
    """Give a property of the user's; one that is no number is refused by the client itself."""
    value = kafka.properties.get(name)
    text = "" if value is None else value.get_secret_value().strip()
    return int(text) if text.isascii() and text.isdigit() else None
