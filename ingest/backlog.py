"""How many frames the infer workers have still before them: a minute after they came Kafka deletes them."""

from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined]  # it is documented there

from posestream.config import KafkaConfig
from posestream.messaging.topic_admin import ASK_SECONDS, admin_client
from posestream.messaging.topics import FRAMES

GROUP = "infer"


class InferBacklog:
    """Asks the broker how far the workers' group is behind; of what lay there before, only what it had begun counts."""

    def __init__(self, kafka: KafkaConfig) -> None:
        self._kafka = kafka
        self._admin = admin_client(kafka)
        self._group = f"{kafka.topic_prefix}.{GROUP}"
        self._topic = kafka.topic(FRAMES)
        self._lay_there: dict[int, int] = {}

    def frames(self) -> int | None:
        """Give the messages that no worker is done with; None if there are no workers, or the broker is away."""
        try:
            return self._lag()
        except KafkaException:
            # A client that has seen its broker die may time out for long after that is back.
            self._admin = admin_client(self._kafka)
            return None

    def _lag(self) -> int | None:
        end = self._offsets(OffsetSpec.latest())  # type: ignore[no-untyped-call]
        self._lay_there = self._lay_there or end
        done = self._committed()
        if not done and not self._has_members():
            return None
        first = self._offsets(OffsetSpec.earliest())  # type: ignore[no-untyped-call]
        begun = self._lay_there | done
        return sum(end[partition] - max(begun[partition], first[partition]) for partition in end)

    def _committed(self) -> dict[int, int]:
        asked = self._admin.list_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(self._group)], request_timeout=ASK_SECONDS
        )
        places = asked[self._group].result().topic_partitions or ()
        return {it.partition: it.offset for it in places if it.topic == self._topic and it.offset >= 0}

    def _has_members(self) -> bool:
        asked = self._admin.describe_consumer_groups([self._group], request_timeout=ASK_SECONDS)
        return bool(asked[self._group].result().members)

    def _offsets(self, which: Any) -> dict[int, int]:  # noqa: ANN401  # OffsetSpec has no types
        topic = self._admin.list_topics(self._topic, timeout=ASK_SECONDS).topics[self._topic]
        asked = self._admin.list_offsets(
            {TopicPartition(self._topic, partition): which for partition in topic.partitions},
            request_timeout=ASK_SECONDS,
        )
        return {place.partition: int(answer.result().offset) for place, answer in asked.items()}
