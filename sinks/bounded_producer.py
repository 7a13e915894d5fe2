"""Quix' producer with commits that end: librdkafka's may never return after a broker has gone and come back.

(librdkafka issues 5456 and 5511, seen with 2.16: ``send_offsets_to_transaction`` waits for ever, whatever its timeout.)
"""

import threading

from confluent_kafka import TopicPartition
from confluent_kafka.admin import GroupMetadata  # type: ignore[attr-defined]  # where Quix has it from
from quixstreams.internal_producer import InternalProducer, KafkaProducerTransactionCommitFailed


class BoundedProducer(InternalProducer):
    """Gives up a transaction that the client does not end; the next producer of the same name fences this one.

    ``commit_seconds`` is the longest wait: many times what a commit takes, and less than a drain may take.
    """

    commit_seconds = 8.0

    def commit_transaction(
        self, positions: list[TopicPartition], group_metadata: GroupMetadata, timeout: float | None = None
    ) -> None:
        """Commit within a bounded time.

        Raises:
            KafkaProducerTransactionCommitFailed: if it took longer; the client may still be at it, in a thread of its
                own, so nothing else can be done with this producer.
        """
        errors: list[BaseException] = []

        def commit() -> None:
            try:
                InternalProducer.commit_transaction(self, positions, group_metadata, timeout)
            except BaseException as exc:  # noqa: BLE001  # raised by the one who waits
                errors.append(exc)

        thread = threading.Thread(target=commit, name="commit", daemon=True)
        thread.start()
        thread.join(self.commit_seconds)
        if thread.is_alive():
            raise KafkaProducerTransactionCommitFailed(f"no answer within {self.commit_seconds:g} s")
        if errors:
            raise errors[0]
