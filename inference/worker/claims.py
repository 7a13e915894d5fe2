"""The partitions that are ours: claimed where reading should begin, handed over finished and committed."""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, Protocol

from confluent_kafka import KafkaException, TopicPartition

from inference.worker.claim import Claim
from inference.worker.positions import Positions
from inference.worker.shared import Shared
from posestream.logs import get_log
from posestream.messaging.topics import FRAMES
from posestream.redact import redact

FINISH_SECONDS = 1.0


class OffsetKeeper(Protocol):
    """What is needed of a consumer."""

    def incremental_assign(self, partitions: list[TopicPartition]) -> None:
        """Begin to read."""
        ...

    def store_offsets(self, *, offsets: list[TopicPartition]) -> None:
        """Keep for the next commit."""
        ...

    def commit(self, *, offsets: list[TopicPartition], asynchronous: Literal[False]) -> object:
        """Commit now."""
        ...


class Claims:
    """Used by the thread that polls alone; the claims themselves are safe for threads.

    ``withdraw`` takes the jobs of claims out of all queues: they are left to the next owner.
    """

    def __init__(
        self,
        consumer: OffsetKeeper,
        positions: Positions,
        shared: Shared,
        withdraw: Callable[[Sequence[Claim]], None],
    ) -> None:
        self._consumer, self._positions, self._shared, self._withdraw = consumer, positions, shared, withdraw
        self._topic = shared.kafka.topic(FRAMES)
        self._claims: dict[int, Claim] = {}

    def get(self, partition: int | None) -> Claim | None:
        """Give the claim of a partition, None if it is not ours."""
        return None if partition is None else self._claims.get(partition)

    @property
    def partitions(self) -> list[TopicPartition]:
        """What is ours."""
        return [TopicPartition(self._topic, number) for number in self._claims]

    def assigned(self, partitions: Iterable[TopicPartition]) -> None:
        """Claim partitions and begin to read them where the young frames begin; older ones count as skipped."""
        starts = self._positions.starts([place.partition for place in partitions])
        for number, start in starts.items():
            self._claims[number] = Claim(number, start.read_before)
            if start.offset >= 0:
                self._shared.accounts.skipped(self._claims[number].jump(start.offset))
        places = [TopicPartition(self._topic, number, start.offset) for number, start in starts.items()]
        self._consumer.incremental_assign(places)
        if starts:
            get_log("infer").info("assigned", **{str(number): start.offset for number, start in starts.items()})

    def revoked(self, partitions: Iterable[TopicPartition]) -> None:
        """Hand partitions over: finish what is computed just now, leave what waits, commit what is done."""
        claims = self._taken_out(partitions)
        self.hand_over(claims)

    def lost(self, partitions: Iterable[TopicPartition]) -> None:
        """Partitions belong to somebody else already: nothing of them is sent or committed any more."""
        claims = self._taken_out(partitions)
        for claim in claims:
            claim.give_up()
        self._withdraw(claims)

    def hand_over_all(self) -> None:
        """At the end: what is done is committed, nothing more is sent."""
        claims, self._claims = list(self._claims.values()), {}
        self.hand_over(claims)

    def hand_over(self, claims: Sequence[Claim]) -> None:
        """Finish or leave what was begun, and commit."""
        for claim in claims:
            claim.close()
        self._withdraw(claims)
        ends_at = self._shared.clock.monotonic() + FINISH_SECONDS
        for claim in claims:
            claim.wait_finished(max(ends_at - self._shared.clock.monotonic(), 0.0))
        self._commit(claims)
        for claim in claims:
            claim.give_up()

    def store(self) -> None:
        """Let the client commit what is done, at its next turn."""
        for claim in self._claims.values():
            offset = claim.to_store()
            if offset is None:
                continue
            try:
                self._consumer.store_offsets(offsets=[TopicPartition(self._topic, claim.partition, offset)])
            except KafkaException:  # not yet being read, or just being revoked
                claim.not_stored()

    def _taken_out(self, partitions: Iterable[TopicPartition]) -> list[Claim]:
        found = [self._claims.pop(place.partition, None) for place in partitions]
        return [claim for claim in found if claim is not None]

    def _commit(self, claims: Sequence[Claim]) -> None:
        offsets = [
            TopicPartition(self._topic, claim.partition, offset)
            for claim in claims
            if (offset := claim.committable) is not None
        ]
        if not offsets:
            return
        # Stored, too: the client commits once more what it last had stored when it gives a partition up, and that
        # would take the group back to where it was up to a second ago.
        with contextlib.suppress(KafkaException):
            self._consumer.store_offsets(offsets=offsets)
        try:
            self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as exc:  # the broker is away, or the group has gone on: frames are read again then
            get_log("infer").warning("not_committed", reason=redact(str(exc.args[0])))
