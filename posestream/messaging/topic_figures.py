"""How much lies in each topic, and how far behind its readers are: asked of the broker, nothing is read."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined]  # it is documented there

from posestream.config import KafkaConfig
from posestream.messaging.broker_admin import ASK_SECONDS, NO_LEADER, BrokerAdmin
from posestream.messaging.topic_plan import TopicState

_Place = tuple[str, int]


@dataclass(frozen=True)
class TopicFigures:
    """``messages`` lie between the first and the last offset (compacted topics and transactions hold fewer).

    ``lags`` are the messages that a group has not committed yet, by group. None and no entry: this user may not ask.
    """

    messages: int | None = None
    lags: Mapping[str, int] = field(default_factory=dict)


def topic_figures(kafka: KafkaConfig, admin: BrokerAdmin, there: Mapping[str, TopicState]) -> dict[str, TopicFigures]:
    """Give the figures of topics; what cannot be had is left out."""
    places = [(name, number) for name, state in there.items() for number in range(state.partitions)]
    earliest, latest = OffsetSpec.earliest(), OffsetSpec.latest()  # type: ignore[no-untyped-call]  # it has no hints
    first, last = _offsets(admin, places, earliest), _offsets(admin, places, latest)
    lags = _lags(kafka, admin, last)
    return {
        name: TopicFigures(_messages(name, first, last), {group: by[name] for group, by in lags.items() if name in by})
        for name in there
    }


def _messages(name: str, first: Mapping[_Place, int], last: Mapping[_Place, int]) -> int | None:
    counts = [last[place] - first[place] for place in last if place[0] == name and place in first]
    return sum(counts) if counts else None


def _offsets(admin: BrokerAdmin, places: Sequence[_Place], spec: OffsetSpec) -> dict[_Place, int]:
    offsets: dict[_Place, int] = {}
    left, ends_at = list(places), time.monotonic() + ASK_SECONDS
    while left and time.monotonic() < ends_at:
        asked = {TopicPartition(*place): spec for place in left}
        left = []
        for place, answer in admin.list_offsets(asked, request_timeout=ASK_SECONDS).items():
            try:
                offsets[place.topic, place.partition] = int(answer.result(2 * ASK_SECONDS).offset)
            except KafkaException as exc:
                # A topic that was just made has no leader for a moment.
                if exc.args[0].code() in NO_LEADER:
                    left.append((place.topic, place.partition))
    return offsets


def _lags(kafka: KafkaConfig, admin: BrokerAdmin, last: Mapping[_Place, int]) -> dict[str, dict[str, int]]:
    """Give group -> topic -> messages not committed, for the groups of this installation."""
    lags: dict[str, dict[str, int]] = {}
    for group in _groups(kafka, admin):
        try:
            [answer] = admin.list_consumer_group_offsets(
                [ConsumerGroupTopicPartitions(group)], request_timeout=ASK_SECONDS
            ).values()
            committed = answer.result(2 * ASK_SECONDS).topic_partitions
        except KafkaException:
            continue
        by_topic = lags.setdefault(group, {})
        for place in committed:
            end = last.get((place.topic, place.partition))
            if end is not None and place.offset >= 0:
                by_topic[place.topic] = by_topic.get(place.topic, 0) + max(0, end - place.offset)
    return lags


def _groups(kafka: KafkaConfig, admin: BrokerAdmin) -> list[str]:
    try:
        found = admin.list_consumer_groups(request_timeout=ASK_SECONDS).result(2 * ASK_SECONDS).valid
    except KafkaException:
        return []
    return sorted(group.group_id for group in found if group.group_id.startswith(f"{kafka.topic_prefix}."))
