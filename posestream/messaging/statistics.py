"""What librdkafka says of a consumer every two seconds: how far it lags, and whether it has a broker at all."""

import json

from posestream.logs import get_log
from posestream.telemetry.metrics import Metrics
from posestream.telemetry.readiness import BROKER, Readiness

STATISTICS_MS = 2000
_AWAY = "no connection to any broker"


class ConsumerStatistics:
    """Takes the statistics: the lag becomes a figure; a service whose brokers are all away is not ready."""

    def __init__(self, metrics: Metrics, readiness: Readiness) -> None:
        self._lag = metrics.gauge("consumer_lag", "Messages not yet processed", ("topic", "partition"))
        self._readiness = readiness

    def __call__(self, text: str) -> None:
        """Take one set of figures."""
        figures = json.loads(text)
        for name, topic in figures.get("topics", {}).items():
            for number, partition in topic.get("partitions", {}).items():
                if partition.get("consumer_lag", -1) >= 0:
                    self._lag.labels(topic=name, partition=number).set(partition["consumer_lag"])
        brokers = figures.get("brokers", {}).values()
        if any(broker.get("state") == "UP" for broker in brokers):
            self._readiness.ready(BROKER)
        elif brokers and self._readiness.waits(BROKER, _AWAY):
            get_log("kafka").warning("waits", reason=_AWAY)
