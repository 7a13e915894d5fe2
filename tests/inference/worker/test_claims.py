import time
from collections.abc import Sequence

from confluent_kafka import Consumer, Producer, TopicPartition
from fakes import FakeBroker, shared

from inference.worker.claim import Claim
from inference.worker.claims import Claims
from inference.worker.positions import Positions
from inference.worker.shared import Shared
from posestream.messaging.clients import frames_consumer


def places(*numbers: int) -> list[TopicPartition]:
    return [TopicPartition("t.frames", number) for number in numbers]


class Desk:
    """Claims at a fake broker, and whose jobs were withdrawn."""

    def __init__(self, broker: FakeBroker, max_frame_age: float = 1.0) -> None:
        self.broker = broker
        self.shared: Shared = shared(max_frame_age)
        self.withdrawn: list[int] = []
        given = self.shared
        self.claims = Claims(broker, Positions(broker, "t.frames", given.limit, given.clock), given, self._withdraw)

    def _withdraw(self, claims: Sequence[Claim]) -> None:
        self.withdrawn += [claim.partition for claim in claims]

    def claim(self, partition: int) -> Claim:
        found = self.claims.get(partition)
        assert found is not None
        return found


def test_nothing_is_ours() -> None:
    desk = Desk(FakeBroker())
    desk.claims.assigned([])
    desk.claims.revoked(places(1))
    desk.claims.lost(places(1))
    desk.claims.store()
    desk.claims.hand_over_all()
    assert desk.claims.get(0) is desk.claims.get(None) is None
    assert desk.claims.partitions == desk.broker.commits == []


def test_reading_begins_at_the_young_frames_and_the_old_ones_are_counted() -> None:
    desk = Desk(FakeBroker(committed={0: 50}, young={0: 80}, ends={0: 90, 1: 9}))
    desk.claims.assigned(places(0, 1))
    assert desk.broker.assigned == {0: 80, 1: 9}
    assert desk.shared.accounts.summary()["skipped"] == 30
    assert [place.partition for place in desk.claims.partitions] == [0, 1]
    assert desk.claim(0).take(80) == 0
    desk.claims.store()
    assert desk.broker.stored == {0: 80, 1: 9}  # who comes next does not count them again


def test_only_what_is_done_is_stored_and_again_if_it_was_not_taken() -> None:
    desk = Desk(FakeBroker(ends={0: 5}))
    desk.claims.assigned(places(0))
    for offset in (5, 6):
        desk.claim(0).take(offset)
    desk.claim(0).done(6)
    desk.claims.store()
    assert desk.broker.stored == {0: 5}
    desk.claim(0).done(5)
    desk.broker.fails = True
    desk.claims.store()
    desk.broker.fails = False
    desk.claims.store()
    assert desk.broker.stored == {0: 7}


def test_a_revoked_partition_is_finished_committed_and_given_up() -> None:
    desk = Desk(FakeBroker(ends={0: 5, 1: 5}))
    desk.claims.assigned(places(0, 1))
    claim, other = desk.claim(0), desk.claim(1)
    claim.take(5)
    claim.done(5)
    desk.claims.revoked(places(0))
    assert desk.withdrawn == [0]
    assert desk.broker.commits == [{0: 6}]
    assert not claim.if_ours(lambda: None)
    assert desk.claims.get(0) is None
    assert other.is_open


def test_what_is_still_under_way_when_a_partition_goes_is_not_committed() -> None:
    desk = Desk(FakeBroker(ends={0: 5}))
    desk.claims.assigned(places(0))
    claim = desk.claim(0)
    for offset in (5, 6):
        claim.take(offset)
    claim.done(5)
    desk.claims.revoked(places(0))
    assert desk.broker.commits == [{0: 6}]
    claim.done(6)
    assert claim.to_store() is None


def test_a_lost_partition_is_never_committed() -> None:
    desk = Desk(FakeBroker(ends={0: 5}))
    desk.claims.assigned(places(0))
    claim = desk.claim(0)
    claim.take(5)
    claim.done(5)
    desk.claims.lost(places(0))
    desk.claims.store()
    desk.claims.hand_over_all()
    assert desk.withdrawn == [0]
    assert desk.broker.commits == []
    assert desk.broker.stored == {}
    assert not claim.if_ours(lambda: None)


def test_at_the_end_all_is_committed_once_even_if_the_broker_is_away() -> None:
    desk = Desk(FakeBroker(ends={0: 5, 1: 7}))
    desk.claims.assigned(places(0, 1))
    desk.claims.hand_over_all()
    assert desk.broker.commits == [{0: 5, 1: 7}]
    again = Desk(FakeBroker(ends={0: 5}))
    again.claims.assigned(places(0))
    again.broker.fails = True
    again.claims.hand_over_all()
    assert again.claims.partitions == []


def test_a_partition_that_comes_back_is_a_new_claim() -> None:
    desk = Desk(FakeBroker(ends={0: 5}))
    desk.claims.assigned(places(0))
    former = desk.claim(0)
    desk.claims.revoked(places(0))
    desk.claims.assigned(places(0))
    assert desk.claim(0) is not former
    assert not former.if_ours(lambda: None)


def test_what_was_committed_at_the_end_stays_when_the_client_itself_gives_the_partitions_up() -> None:
    """A broker inside of the client: what is looked at is which of its two commits counts at last."""
    producer = Producer({"bootstrap.servers": "inside", "test.mock.num.brokers": 1})
    servers = ",".join(f"{each.host}:{each.port}" for each in producer.list_topics(timeout=10.0).brokers.values())
    for _ in range(10):
        producer.produce("t.frames", b"frame", partition=0)
    assert producer.flush(10.0) == 0
    given = shared(max_frame_age=0.0)
    settings = frames_consumer(given.kafka, "infer") | {"bootstrap.servers": servers}
    consumer = Consumer(settings | {"auto.commit.interval.ms": 600_000})
    claims = Claims(consumer, Positions(consumer, "t.frames", given.limit, given.clock), given, lambda _: None)
    consumer.subscribe(["t.frames"], on_assign=lambda _, places: claims.assigned(places))
    done, ends_at = 0, time.monotonic() + 30.0
    while done < 8 and time.monotonic() < ends_at:
        message = consumer.poll(0.1)
        claim = None if message is None or message.error() else claims.get(message.partition())
        if claim is not None and message is not None:
            claim.take(message.offset() or 0)
            claim.done(message.offset() or 0)
            done += 1
        if done == 2:
            claims.store()
    claims.hand_over_all()
    consumer.close()
    asking = Consumer(settings)
    assert [place.offset for place in asking.committed([TopicPartition("t.frames", 0)], 10.0)] == [8]
    asking.close()
