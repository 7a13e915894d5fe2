"""Dead letters told to whoever watches: a figure for each topic, and a line in the log, once a minute at most."""

import threading
from collections import Counter

from posestream.clock import Clock
from posestream.config import KafkaConfig
from posestream.logs import get_log
from posestream.messaging.dead_letter import DeadLetter
from posestream.redact import redact
from posestream.telemetry.metrics import Metrics

QUIET_SECONDS = 60.0
_LONGEST_REASON = 300


class DeadLetterCount:
    """Counts the letters that one service sends; safe for threads.

    The label ``topic`` is the name in the config (``frames``), without the prefix. The first letter of a topic is told
    at once; those that follow within a minute are only counted, and told with the next line.
    """

    def __init__(self, service: str, kafka: KafkaConfig, metrics: Metrics, clock: Clock) -> None:
        self._service, self._prefix, self._clock = service, f"{kafka.topic_prefix}.", clock
        self._letters = metrics.counter("dead_letters", "Messages that could not be used", ("topic",))
        self._lock = threading.Lock()
        self._untold: Counter[str] = Counter()
        self._told_at: dict[str, float] = {}

    def count(self, letter: DeadLetter) -> None:
        """Count a letter that is sent."""
        topic = letter.topic.removeprefix(self._prefix)
        self._letters.labels(topic=topic).inc()
        with self._lock:
            self._untold[topic] += 1
            now = self._clock.monotonic()
            if now - self._told_at.get(topic, -QUIET_SECONDS) < QUIET_SECONDS:
                return
            self._told_at[topic] = now
            letters = self._untold.pop(topic)
        reason = redact(letter.reason)[:_LONGEST_REASON]
        get_log(self._service).warning(
            "dead_letters",
            letters=letters,
            topic=letter.topic,
            partition=letter.partition,
            offset=letter.offset,
            reason=reason,
        )
