"""What topics the broker has, and what they are like."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # they are documented there
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    ResourceType,
    TopicMetadata,
)

from posestream.config import KafkaConfig
from posestream.messaging.broker_admin import ASK_SECONDS, DENIED, BrokerAdmin, asked, refusal
from posestream.messaging.topic_plan import CHANGELOG, TopicState
from posestream.messaging.topics import topic_specs


def missing_topics(kafka: KafkaConfig, streams: Sequence[str], admin: BrokerAdmin) -> list[str]:
    """Give the names of the topics that the broker does not have; raises DependencyError."""
    there = _metadata(kafka, admin)
    return [name for stream in streams if (name := kafka.topic(stream)) not in there]


def topics_there(kafka: KafkaConfig, admin: BrokerAdmin) -> dict[str, TopicState]:
    """Give the topics of this installation that the broker has, changelogs of the workers' state included.

    Raises:
        DependencyError: if the broker does not answer.
    """
    ours = {spec.name for spec in topic_specs(kafka)}
    begin = f"{CHANGELOG}{kafka.topic_prefix}."
    found = {name: topic for name, topic in _metadata(kafka, admin).items() if name in ours or name.startswith(begin)}
    settings = _settings(kafka, admin, list(found))
    states = {}
    for name, topic in sorted(found.items()):
        entries = settings[name]
        states[name] = TopicState(
            name=name,
            partitions=len(topic.partitions),
            replication=min((len(partition.replicas) for partition in topic.partitions.values()), default=0),
            settings=None if entries is None else {key: str(entry.value) for key, entry in entries.items()},
            own=frozenset(key for key, entry in (entries or {}).items() if _is_own(entry)),
        )
    return states


def broker_most_bytes(kafka: KafkaConfig, admin: BrokerAdmin) -> int | None:
    """Give the broker's ``message.max.bytes``: the limit of topics without one; None if it may not be read."""
    brokers = list(asked(kafka, admin, lambda: admin.list_topics(timeout=ASK_SECONDS)).brokers)
    resource = ConfigResource(ResourceType.BROKER, str(brokers[0]))
    answer = admin.describe_configs([resource], request_timeout=ASK_SECONDS)[resource]
    entries = _readable(kafka, admin, answer)
    return None if entries is None else int(str(entries["message.max.bytes"].value))


def _metadata(kafka: KafkaConfig, admin: BrokerAdmin) -> Mapping[str, TopicMetadata]:
    return asked(kafka, admin, lambda: admin.list_topics(timeout=ASK_SECONDS)).topics


def _settings(kafka: KafkaConfig, admin: BrokerAdmin, names: list[str]) -> dict[str, Mapping[str, ConfigEntry] | None]:
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
    answers = admin.describe_configs(resources, request_timeout=ASK_SECONDS) if resources else {}
    return {resource.name: _readable(kafka, admin, answer) for resource, answer in answers.items()}


def _readable(
    kafka: KafkaConfig, admin: BrokerAdmin, answer: "Future[Mapping[str, ConfigEntry]]"
) -> Mapping[str, ConfigEntry] | None:
    """Give the settings of an answer, None if this user may not read them."""
    try:
        return answer.result(2 * ASK_SECONDS)
    except KafkaException as exc:
        if exc.args[0].code() in DENIED:
            return None
        raise refusal(kafka, "settings of topics", exc.args[0], admin.why) from None


def _is_own(entry: ConfigEntry) -> bool:
    return ConfigSource(entry.source) is ConfigSource.DYNAMIC_TOPIC_CONFIG
