import pytest
from confluent_kafka import OFFSET_BEGINNING, OFFSET_STORED, KafkaError, KafkaException
from fakes import NOW_NS, FakeBroker, clock_of, shared

from inference.worker.positions import Positions, Start, live_start


@pytest.mark.parametrize(
    ("committed", "young", "end", "start"),
    [
        (None, None, 0, Start(0, 0)),  # an empty topic
        (None, 80, 90, Start(90, 90)),  # never here: the newest
        (50, 80, 90, Start(80, 50)),  # 30 are too old
        (85, 80, 90, Start(85, 85)),  # all that is left is young
        (50, None, 90, Start(90, 50)),  # all are too old
        (90, None, 90, Start(90, 90)),
        (900, 80, 90, Start(90, 90)),  # the topic was made anew
    ],
)
def test_where_live_reading_begins(committed: int | None, young: int | None, end: int, start: Start) -> None:
    assert live_start(committed, young, end) == start


def positions(broker: FakeBroker, max_frame_age: float = 1.0) -> Positions:
    given = shared(max_frame_age)
    return Positions(broker, "t.frames", given.limit, given.clock, clock_of(given).advance)


def test_nothing_is_asked_for_no_partitions() -> None:
    broker = FakeBroker()
    broker.fails = True
    assert positions(broker).starts([]) == {}


def test_each_partition_begins_where_its_young_frames_do() -> None:
    broker = FakeBroker(committed={0: 50, 1: 5}, young={0: 80}, ends={0: 90, 1: 9, 2: 7})
    assert positions(broker).starts([0, 1, 2]) == {0: Start(80, 50), 1: Start(9, 5), 2: Start(7, 7)}


def test_the_broker_is_asked_for_the_time_since_which_frames_are_young() -> None:
    asked: list[int] = []

    class Noting(FakeBroker):
        def offsets_for_times(self, partitions, timeout=0.0):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            asked.extend(each.offset for each in partitions)
            return super().offsets_for_times(partitions, timeout)

    positions(Noting(), 2.5).starts([0])
    assert asked == [NOW_NS // 1_000_000 - 2500]


def test_far_behind_it_goes_on_where_the_young_frames_begin() -> None:
    broker = FakeBroker(young={0: 80}, ends={0: 90, 1: 9})
    assert positions(broker).jumps([0, 1]) == {0: 80, 1: 9}


def test_a_frame_that_comes_while_the_broker_is_asked_is_not_passed_over() -> None:
    class Growing(FakeBroker):
        def offsets_for_times(self, partitions, timeout=0.0):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            found = super().offsets_for_times(partitions, timeout)
            self.ends[0] += 1
            return found

    assert positions(Growing(ends={0: 90})).jumps([0]) == {0: 90}
    assert positions(Growing(committed={0: 5}, ends={0: 90})).starts([0]) == {0: Start(90, 5)}


def test_where_every_frame_is_answered_reading_goes_on_or_begins_at_the_beginning() -> None:
    broker = FakeBroker(committed={0: 50}, young={0: 80}, ends={0: 90})
    assert positions(broker, 0.0).starts([0, 1]) == {0: Start(50, 50), 1: Start(OFFSET_BEGINNING, None)}


def test_a_broker_that_does_not_answer_leaves_it_to_what_is_committed() -> None:
    broker = FakeBroker(committed={0: 50})
    broker.fails = True
    assert positions(broker).starts([0, 1]) == {number: Start(OFFSET_STORED, None) for number in (0, 1)}


def test_a_leader_that_is_being_elected_is_waited_for() -> None:
    class Electing(FakeBroker):
        asked = 0

        def committed(self, partitions, timeout=0.0):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            self.asked += 1
            self.fails = self.asked < 4
            return super().committed(partitions, timeout)

    assert positions(Electing(committed={0: 5}, ends={0: 9})).starts([0]) == {0: Start(9, 5)}


def test_an_error_of_one_partition_is_an_error() -> None:
    class Refusing(FakeBroker):
        def offsets_for_times(self, partitions, timeout=0.0):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            return [RefusedPlace(each.partition) for each in super().offsets_for_times(partitions, timeout)]

    class RefusedPlace:
        offset = 3
        error = KafkaError(KafkaError.NOT_LEADER_FOR_PARTITION)

        def __init__(self, partition: int) -> None:
            self.partition = partition

    with pytest.raises(KafkaException):
        positions(Refusing()).jumps([0])
