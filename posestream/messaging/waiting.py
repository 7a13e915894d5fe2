"""A broker or topic that is not there yet is waited for: not ready, then ready alone."""

import threading
from collections.abc import Sequence

from posestream.config import KafkaConfig
from posestream.errors import DependencyError
from posestream.logs import get_log
from posestream.messaging.broker_admin import BrokerAdmin, admin_client
from posestream.messaging.topic_sizes import size_complaints
from posestream.messaging.topic_states import missing_topics, topics_there
from posestream.telemetry.readiness import BROKER, Readiness

RETRY_SECONDS = 1.0


def wait_for_topics(kafka: KafkaConfig, streams: Sequence[str], readiness: Readiness, stop: threading.Event) -> bool:
    """Wait until the broker answers and has these topics, and the largest messages fit; False if ``stop`` came first.

    Raises:
        ConfigError: for a property that librdkafka does not know: waiting would not help.
    """
    admin = admin_client(kafka)
    while not stop.is_set():
        readiness.turn()
        admin.poll(0)  # what it has to say of a broker that is away must not pile up in it
        reason = _reason(kafka, streams, admin)
        if not reason:
            readiness.ready(BROKER)
            return True
        if readiness.waits(BROKER, reason):
            get_log("kafka").warning("waits", reason=reason)
        stop.wait(RETRY_SECONDS)
    return False


def _reason(kafka: KafkaConfig, streams: Sequence[str], admin: BrokerAdmin) -> str:
    """Say what the broker lacks, with the remedy; empty if nothing."""
    try:
        missing = missing_topics(kafka, streams, admin)
        if missing:
            hidden = "" if "sasl.username" not in kafka.properties else " (or this user may not see it)"
            return f"there is no topic {', '.join(missing)}{hidden}: run 'posestream topics apply'"
        names = {kafka.topic(stream) for stream in streams}
        used = {name: state for name, state in topics_there(kafka, admin).items() if name in names}
        return "; ".join(size_complaints(kafka, used))
    except DependencyError as exc:
        return str(exc)
