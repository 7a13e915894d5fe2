"""A broker or topic that is not there yet is waited for: not ready, then ready alone."""

import threading
from collections.abc import Sequence

from confluent_kafka.admin import AdminClient

from posestream.config import KafkaConfig
from posestream.errors import DependencyError
from posestream.logs import get_log
from posestream.messaging.topic_admin import admin_client, missing_topics
from posestream.telemetry.readiness import BROKER, Readiness

RETRY_SECONDS = 1.0


def wait_for_topics(kafka: KafkaConfig, streams: Sequence[str], readiness: Readiness, stop: threading.Event) -> bool:
    """Wait until the broker answers and has these topics; False if ``stop`` came first.

    Raises:
        ConfigError: for a property that librdkafka does not know: waiting would not help.
    """
    admin = admin_client(kafka)
    while not stop.is_set():
        readiness.turn()
        reason = _reason(kafka, streams, admin)
        if not reason:
            readiness.ready(BROKER)
            return True
        if readiness.waits(BROKER, reason):
            get_log("kafka").warning("waits", reason=reason)
        stop.wait(RETRY_SECONDS)
    return False


def _reason(kafka: KafkaConfig, streams: Sequence[str], admin: AdminClient) -> str:
    try:
        missing = missing_topics(kafka, streams, admin)
    except DependencyError as exc:
        return str(exc)
    return f"there is no topic {', '.join(missing)}: run 'posestream topics apply'" if missing else ""
