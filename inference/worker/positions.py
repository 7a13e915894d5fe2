"""Where to begin in a partition that was just assigned, or to go on in one that is far behind."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, OFFSET_STORED, KafkaException, TopicPartition

from inference.worker.age import AgeLimit
from posestream.clock import Clock
from posestream.logs import get_log
from posestream.redact import redact

ASK_SECONDS = 2.0
PATIENCE_SECONDS = 4.0
RETRY_SECONDS = 0.1


class OffsetSource(Protocol):
    """What is asked of a consumer."""

    def committed(self, partitions: list[TopicPartition], timeout: float = ...) -> list[TopicPartition]:
        """Give what the group committed."""
        ...

    def offsets_for_times(self, partitions: list[TopicPartition], timeout: float = ...) -> list[TopicPartition]:
        """Give the first offsets not before these milliseconds."""
        ...

    def get_watermark_offsets(
        self, partition: TopicPartition, timeout: float = ..., cached: bool = ...
    ) -> tuple[int, int] | None:
        """Give the first offset and the one after the last."""
        ...


@dataclass(frozen=True)
class Start:
    """``offset`` is where reading begins; ``read_before`` up to where this group read before, None if unknown."""

    offset: int
    read_before: int | None


def live_start(committed: int | None, young_enough: int | None, end: int) -> Start:
    """Give where to begin with live frames: not before what is committed, not before what is young enough.

    Args:
        committed: where the group would go on, None if it never was here.
        young_enough: first offset of a frame that is not too old, None if there is none.
        end: offset after the last message.
    """
    if committed is None or committed > end:  # a topic that was made anew begins anew
        return Start(end, end)
    return Start(max(committed, end if young_enough is None else young_enough), committed)


class Positions:
    """Asks the broker; a broker that does not answer in time leaves it to what is committed and to the age of each."""

    def __init__(
        self,
        consumer: OffsetSource,
        topic: str,
        limit: AgeLimit,
        clock: Clock,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._consumer, self._topic, self._limit, self._clock, self._pause = consumer, topic, limit, clock, pause

    def starts(self, partitions: Sequence[int]) -> dict[int, Start]:
        """Give where to begin in each partition."""
        ends_at = self._clock.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self._asked(partitions) if partitions else {}
            except KafkaException as exc:  # a leader that is just being elected, mostly
                if self._clock.monotonic() >= ends_at:
                    get_log("infer").warning("offsets_unknown", reason=redact(str(exc.args[0])))
                    return {number: Start(OFFSET_STORED, None) for number in partitions}
            self._pause(RETRY_SECONDS)

    def end(self, partition: int, *, cached: bool = False) -> int:
        """Give the offset after the last message, ``cached``: as of the last fetch; raises KafkaException."""
        place = TopicPartition(self._topic, partition)
        marks = self._consumer.get_watermark_offsets(place, timeout=ASK_SECONDS, cached=cached)
        return 0 if marks is None else marks[1]

    def _young(self, partitions: Sequence[int]) -> dict[int, int | None]:
        """Give the first offset in each that is not too old, None where all are.

        To be asked after the ends: what comes in between would be passed over otherwise.
        """
        since_ms = self._clock.wall_ns() // 1_000_000 - round(self._limit.seconds * 1000)
        asked = [TopicPartition(self._topic, number, since_ms) for number in partitions]
        found = self._consumer.offsets_for_times(asked, timeout=ASK_SECONDS)
        return {place.partition: None if place.offset == OFFSET_END else _sure(place) for place in found}

    def _asked(self, partitions: Sequence[int]) -> dict[int, Start]:
        places = [TopicPartition(self._topic, number) for number in partitions]
        found = self._consumer.committed(places, timeout=ASK_SECONDS)
        committed = {place.partition: _sure(place) if place.offset >= 0 else None for place in found}
        if not self._limit.is_live:
            return {number: _all_of(before) for number, before in committed.items()}
        ends = {number: self.end(number) for number in partitions}
        young = self._young(partitions)
        return {number: live_start(committed[number], young[number], ends[number]) for number in partitions}

    def jumps(self, partitions: Sequence[int]) -> dict[int, int]:
        """Give where the frames begin that are not too old, the end where all are; raises KafkaException."""
        ends = {number: self.end(number) for number in partitions}
        return {number: ends[number] if first is None else first for number, first in self._young(partitions).items()}


def _all_of(committed: int | None) -> Start:
    return Start(OFFSET_BEGINNING if committed is None else committed, committed)


def _sure(place: TopicPartition) -> int:
    if place.error is not None:
        raise KafkaException(place.error)
    return place.offset
