"""What all parts of one infer worker share."""

from dataclasses import dataclass

from inference.worker.accounts import FrameAccounts
from inference.worker.age import AgeLimit, Lapses
from posestream.clock import Clock
from posestream.config import KafkaConfig
from posestream.messaging.dead_letter_count import DeadLetterCount
from posestream.telemetry.metrics import Metrics

SERVICE = "infer"


@dataclass(frozen=True)
class Shared:
    """The clock, the settings of the broker, the account of the frames, and what is known of ages and silences."""

    kafka: KafkaConfig
    clock: Clock
    metrics: Metrics
    accounts: FrameAccounts
    limit: AgeLimit
    lapses: Lapses
    dead_letters: DeadLetterCount

    @classmethod
    def of(cls, kafka: KafkaConfig, clock: Clock, metrics: Metrics) -> "Shared":
        """Begin with nothing counted."""
        limit = AgeLimit(kafka.max_frame_age, clock)
        letters = DeadLetterCount(SERVICE, kafka, metrics, clock)
        return cls(kafka, clock, metrics, FrameAccounts(metrics), limit, Lapses(clock), letters)
