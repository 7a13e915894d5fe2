"""A broker or topic that is not there yet is waited for: not ready, then ready alone."""

import threading
from collections.abc import Iterator, Mapping, Sequence

from posestream.config import KafkaConfig
from posestream.errors import DependencyError
from posestream.logs import get_log
from posestream.messaging.broker_admin import BrokerAdmin, admin_client
from posestream.messaging.topic_plan import TopicState, partitions_complaint
from posestream.messaging.topic_sizes import size_complaints
from posestream.messaging.topic_states import missing_topics, topics_there
from posestream.messaging.topics import topic_specs
from posestream.telemetry.readiness import BROKER, Readiness

RETRY_SECONDS = 1.0


def wait_for_topics(kafka: KafkaConfig, streams: Sequence[str], readiness: Readiness, stop: threading.Event) -> bool:
    """Wait until the broker answers and has these topics, and the largest messages fit; False if ``stop`` came first.

    Partitions that differ from the config's are told once: each camera stays in order, fewer workers share the work.

    Raises:
        ConfigError: for a property that librdkafka does not know: waiting would not help.
    """
    admin = admin_client(kafka)
    while not stop.is_set():
        readiness.turn()
        admin.poll(0)  # what it has to say of a broker that is away must not pile up in it
        reason, odd = _look(kafka, streams, admin)
        if not reason:
            for complaint in odd:
                get_log("kafka").warning("partitions_differ", reason=complaint)
            readiness.ready(BROKER)
            return True
        if readiness.waits(BROKER, reason):
            get_log("kafka").warning("waits", reason=reason)
        stop.wait(RETRY_SECONDS)
    return False


def _look(kafka: KafkaConfig, streams: Sequence[str], admin: BrokerAdmin) -> tuple[str, list[str]]:
    """Say what the broker lacks, with the remedy, empty if nothing; and what is odd, but no reason to wait."""
    try:
        missing = missing_topics(kafka, streams, admin)
        if missing:
            hidden = "" if "sasl.username" not in kafka.properties else " (or this user may not see it)"
            return f"there is no topic {', '.join(missing)}{hidden}: run 'posestream topics apply'", []
        names = {kafka.topic(stream) for stream in streams}
        used = {name: state for name, state in topics_there(kafka, admin).items() if name in names}
        return "; ".join(size_complaints(kafka, used)), list(_partitions(kafka, used))
    except DependencyError as exc:
        return str(exc), []


def _partitions(kafka: KafkaConfig, there: Mapping[str, TopicState]) -> Iterator[str]:
    for spec in topic_specs(kafka):
        complaint = partitions_complaint(spec, there[spec.name]) if spec.name in there else ""
        if complaint:
            yield complaint
