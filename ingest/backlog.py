"""How many frames the infer workers have still before them: a minute after they came Kafka deletes them."""

from types import TracebackType
from typing import Self

from confluent_kafka import Consumer, KafkaException, TopicPartition

from posestream.config import KafkaConfig
from posestream.messaging.clients import frames_consumer, made
from posestream.messaging.topic_admin import ASK_SECONDS
from posestream.messaging.topics import FRAMES

GROUP = "infer"


class InferBacklog:
    """Asks the broker how far the workers' group is behind; of what lay there before, only what it had begun counts.

    It asks as a client of the group that never joins it: the requests of an AdminClient for groups were seen to end
    the process (segmentation fault) while the broker still loaded its groups.
    """

    def __init__(self, kafka: KafkaConfig) -> None:
        self._topic = kafka.topic(FRAMES)
        self._asker = made(Consumer, frames_consumer(kafka, GROUP) | {"enable.auto.commit": False})
        self._lay_there: dict[int, int] = {}

    def frames(self) -> int | None:
        """Give the messages that no worker is done with; None if none has done any yet, or the broker is away."""
        try:
            return self._lag()
        except KafkaException:
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._asker.close()

    def _lag(self) -> int | None:
        numbers = self._asker.list_topics(self._topic, timeout=ASK_SECONDS).topics[self._topic].partitions
        places = [TopicPartition(self._topic, number) for number in numbers]
        bounds = {place.partition: self._asker.get_watermark_offsets(place, timeout=ASK_SECONDS) for place in places}
        self._lay_there = self._lay_there or {number: end for number, (_, end) in bounds.items()}
        done = {
            place.partition: place.offset
            for place in self._asker.committed(places, timeout=ASK_SECONDS)
            if place.error is None and place.offset >= 0
        }
        if not done:
            return None
        begun = self._lay_there | done
        return sum(end - max(begun[number], first) for number, (first, end) in bounds.items())
