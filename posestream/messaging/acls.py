"""What each service's user must be allowed at a broker with ACLs: exactly this, no more."""

from collections.abc import Iterator
from dataclasses import dataclass

from posestream.config import KafkaConfig
from posestream.messaging.flow import SERVICES
from posestream.messaging.topic_plan import CHANGELOG
from posestream.messaging.topics import DEAD_LETTERS, HEALTH


@dataclass(frozen=True)
class Acl:
    """Operations on one resource, or on all whose names begin so (``prefixed``)."""

    kind: str
    name: str
    operations: tuple[str, ...]
    prefixed: bool = False


def acls_of(kafka: KafkaConfig, service: str) -> list[Acl]:
    """Give what a service needs. READ and WRITE include DESCRIBE, WRITE an idempotent producer.

    DESCRIBE_CONFIGS on topics is what Quix Streams asks at its start; ingest and infer do without, and then do not
    check the topics' size limits.
    """
    return [*_topics(kafka, service), *_groups(kafka, service), *_state(kafka, service)]


def _topics(kafka: KafkaConfig, service: str) -> Iterator[Acl]:
    flow = SERVICES[service]
    for stream in dict.fromkeys((*flow.reads, *flow.writes, HEALTH, DEAD_LETTERS)):
        verbs = [verb for verb, streams in (("READ", flow.reads), ("WRITE", flow.writes)) if stream in streams]
        yield Acl("TOPIC", kafka.topic(stream), (*(verbs or ["DESCRIBE"]), "DESCRIBE_CONFIGS"))


def _groups(kafka: KafkaConfig, service: str) -> Iterator[Acl]:
    flow = SERVICES[service]
    for group in ((service,) if flow.shares else ()) + flow.tables:
        yield Acl("GROUP", f"{kafka.topic_prefix}.{group}", ("READ",))


def _state(kafka: KafkaConfig, service: str) -> Iterator[Acl]:
    flow = SERVICES[service]
    if flow.has_state:
        changelogs = f"{CHANGELOG}{kafka.topic_prefix}.{service}--"
        yield Acl("TOPIC", changelogs, ("CREATE", "READ", "WRITE", "DESCRIBE_CONFIGS"), prefixed=True)
    if flow.transacts and kafka.delivery == "exactly-once":
        workers = f"{kafka.topic_prefix}.{service}."
        yield Acl("TRANSACTIONAL_ID", workers, ("DESCRIBE", "WRITE"), prefixed=True)
