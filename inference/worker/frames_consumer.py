"""The thread that polls: reads frames of all partitions that are ours, never waits for a picture to be looked at."""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from inference.worker.claim import Claim
from inference.worker.claims import Claims
from inference.worker.intake import Intake
from inference.worker.positions import Positions
from inference.worker.shared import Shared
from posestream.errors import DependencyError
from posestream.logs import get_log
from posestream.messaging.clients import frames_consumer, made
from posestream.messaging.statistics import STATISTICS_MS, ConsumerStatistics
from posestream.messaging.topics import FRAMES
from posestream.redact import redact
from posestream.telemetry.readiness import Readiness

POLL_SECONDS = 0.1
MOST_AT_ONCE = 16
FAR_BEHIND = 200  # messages; fewer are dropped one by one faster than the broker is asked
JUMP_SECONDS = 2.0


class FramesConsumer:
    """One member of the group of infer workers; any number of them share the partitions.

    Guarantee: an offset is committed only when all before it is done; a lost partition is never committed.
    """

    def __init__(
        self,
        shared: Shared,
        intake: Intake,
        withdraw: Callable[[Sequence[Claim]], None],
        is_full: Callable[[], bool],
        turned: Callable[[], None],
        readiness: Readiness,
    ) -> None:
        settings = {"statistics.interval.ms": STATISTICS_MS} | frames_consumer(shared.kafka, "infer")
        statistics = ConsumerStatistics(shared.metrics, readiness)
        self._consumer = made(Consumer, settings | {"stats_cb": statistics})
        self._topic, self._clock = shared.kafka.topic(FRAMES), shared.clock
        self._shared, self._intake, self._is_full, self._turned = shared, intake, is_full, turned
        self._positions = Positions(self._consumer, self._topic, shared.limit, shared.clock)
        self._claims = Claims(self._consumer, self._positions, shared, withdraw)
        self._paused = False
        self._jumped_at = float("-inf")

    def run(self, stop: threading.Event) -> None:
        """Read until ``stop``.

        Raises:
            DependencyError: if the broker wants nothing more of this client (a fatal error).
        """
        self._consumer.subscribe(
            [self._topic], on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost
        )
        while not stop.is_set():
            self._turned()
            self._hold_or_go()
            self._read()
            self._claims.store()

    def close(self) -> None:
        """Commit what is done and leave the group; what is not done is read again by whoever comes next."""
        self._claims.hand_over_all()
        self._consumer.close()

    def _read(self) -> None:
        first = self._consumer.poll(POLL_SECONDS)
        if first is None:
            return
        # consume() with a time to wait would wait all of it for a full batch.
        behind = {
            message.partition()
            for message in (first, *self._consumer.consume(MOST_AT_ONCE - 1, 0))
            if not self._take(message)
        }
        if behind and self._clock.monotonic() - self._jumped_at >= JUMP_SECONDS:
            self._jumped_at = self._clock.monotonic()
            self._jump([number for number in behind if number is not None])

    def _take(self, message: Message) -> bool:
        error = message.error()
        if error is not None:
            _heed(error)
            return True
        claim = self._claims.get(message.partition())
        return claim is None or self._intake.take(claim, message)

    def _jump(self, partitions: Sequence[int]) -> None:
        """Leave a large backlog behind by one step."""
        try:
            far = [number for number in partitions if self._behind(number) >= FAR_BEHIND]
            for number, offset in self._positions.jumps(far).items() if far else ():
                self._seek(number, offset)
        except KafkaException as exc:
            get_log("infer").warning("not_jumped", reason=redact(str(exc.args[0])))

    def _behind(self, number: int) -> int:
        place = self._consumer.position([TopicPartition(self._topic, number)])[0]
        return self._positions.end(number, cached=True) - place.offset

    def _seek(self, number: int, offset: int) -> None:
        claim = self._claims.get(number)
        skipped = 0 if claim is None else claim.jump(offset)
        if skipped:
            self._shared.accounts.skipped(skipped)
            self._consumer.seek(TopicPartition(self._topic, number, offset))
            get_log("infer").info("jumped", partition=number, skipped=skipped)

    def _hold_or_go(self) -> None:
        """Back-pressure: with full queues the partitions rest; polling goes on, so the group keeps us."""
        full = self._is_full()
        if full == self._paused:
            return
        self._paused = full
        act = self._consumer.pause if full else self._consumer.resume
        act(self._claims.partitions)

    def _on_assign(self, _consumer: Any, partitions: Iterable[TopicPartition]) -> None:  # noqa: ANN401  # the client itself
        self._claims.assigned(partitions)
        if self._paused:
            self._consumer.pause(self._claims.partitions)

    def _on_revoke(self, _consumer: Any, partitions: list[TopicPartition]) -> None:  # noqa: ANN401
        self._claims.revoked(partitions)
        self._consumer.incremental_unassign(partitions)

    def _on_lost(self, _consumer: Any, partitions: list[TopicPartition]) -> None:  # noqa: ANN401
        get_log("infer").warning("lost", partitions=sorted(place.partition for place in partitions))
        self._claims.lost(partitions)
        self._consumer.incremental_unassign(partitions)


def _heed(error: KafkaError) -> None:
    """Raise what is final; all else passes by itself."""
    if error.fatal():
        raise DependencyError(f"Kafka has shut out this consumer: {redact(error.str())}; start it again")
    get_log("infer").debug("consumer", code=error.name(), reason=redact(error.str()))
