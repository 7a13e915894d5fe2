"""Asking the broker for topics and telling it what they should be like."""

from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]  # it is documented there

from posestream.config import KafkaConfig
from posestream.errors import DependencyError
from posestream.messaging.clients import made, unreachable
from posestream.messaging.topics import topic_specs

ASK_SECONDS = 5.0


def admin_client(kafka: KafkaConfig) -> AdminClient:
    """Make an admin client; raises ConfigError for a property that librdkafka does not know."""
    return made(AdminClient, {"socket.keepalive.enable": True, **kafka.librdkafka()})


def missing_topics(kafka: KafkaConfig, streams: Sequence[str], admin: AdminClient) -> list[str]:
    """Give the names of the topics that the broker does not have; raises DependencyError."""
    try:
        there = admin.list_topics(timeout=ASK_SECONDS).topics
    except KafkaException as exc:
        raise unreachable(kafka, exc.args[0].str()) from None
    return [name for stream in streams if (name := kafka.topic(stream)) not in there]


def create_topics(kafka: KafkaConfig, admin: AdminClient) -> list[str]:
    """Make the topics that are missing, as topic_specs says; gives their names.

    Raises:
        DependencyError: if the broker does not answer or refuses.
    """
    specs = {spec.name: spec for spec in topic_specs(kafka)}
    missing = missing_topics(kafka, [spec.stream for spec in specs.values()], admin)
    wanted = [
        NewTopic(name, spec.partitions, spec.replication, config=dict(spec.settings))
        for name, spec in specs.items()
        if name in missing
    ]
    for name, made_one in admin.create_topics(wanted).items() if wanted else ():
        try:
            made_one.result(ASK_SECONDS)
        except KafkaException as exc:
            if exc.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise DependencyError(f"topic {name}: the broker refuses it: {exc.args[0].str()}") from None
    return missing
