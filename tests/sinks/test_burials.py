"""Dead letters of topics that are read whole, without a broker: what is sent, and what is noted as done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from posestream.errors import DependencyError
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.unreadable import Unreadable
from posestream.service import Service
from sinks.burials import COMMIT_SECONDS, Burials

TOPIC = "posestream.control"
WHY = Unreadable("wanted letters")


@dataclass
class Group:
    """A consumer of which only the committed offsets matter; ``errors`` come first, one at each question."""

    offsets: dict[tuple[str, int], int] = field(default_factory=dict)
    errors: list[int] = field(default_factory=list)
    commits: int = 0

    def committed(self, places: Sequence[TopicPartition], _seconds: float) -> list[TopicPartition]:
        self._fail()
        return [TopicPartition(p.topic, p.partition, self.offsets.get((p.topic, p.partition), -1001)) for p in places]

    def commit(self, *, offsets: Sequence[TopicPartition], asynchronous: bool) -> None:
        assert not asynchronous
        self._fail()
        self.commits += 1
        self.offsets |= {(place.topic, place.partition): place.offset for place in offsets}

    def _fail(self) -> None:
        if self.errors:
            raise KafkaException(KafkaError(self.errors.pop(0)))


@dataclass
class Sender:
    """A producer whose letters arrive when the test says so."""

    letters: list[DeadLetter] = field(default_factory=list)
    reports: list[Callable[[], None]] = field(default_factory=list)

    def send_dead_letter(self, letter: DeadLetter, on_delivered: Callable[[], None]) -> None:
        self.letters.append(letter)
        self.reports.append(on_delivered)

    def flush(self, _seconds: float) -> int:
        while self.reports:
            self.reports.pop(0)()
        return 0


@dataclass
class Junk:
    """A message that cannot be read."""

    at: int

    def topic(self) -> str:
        return TOPIC

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self.at

    def key(self) -> bytes:
        return b"k"

    def value(self) -> bytes:
        return b"1"

    def headers(self) -> None:
        return None


@pytest.fixture
def made(lone_service: Callable[..., Service]) -> Callable[[Sender], Any]:
    """Give ``made(sender)``: burials as a worker that has just started has them."""

    def make(sender: Sender) -> Burials:
        service = lone_service("alert")
        object.__setattr__(service, "producer", sender)
        return Burials(service)

    return make


def start(burials: Any, group: Group, offsets: Sequence[int]) -> None:  # noqa: ANN401  # fakes for the client's classes
    burials.know(group, [(TOPIC, 0)])
    for offset in offsets:
        burials.bury(Junk(offset), WHY)


def test_without_letters_nothing_is_noted(made: Callable[[Sender], Any]) -> None:
    group, burials = Group(), made(Sender())
    start(burials, group, [])
    burials.commit(group)
    burials.finish(group)
    assert group.commits == 0


def test_letters_are_sent_once_over_restarts(made: Callable[[Sender], Any]) -> None:
    group, sender = Group(), Sender()
    for offsets in ([1, 2], [1, 2, 5], [1, 2, 5]):
        burials = made(sender)
        start(burials, group, offsets)
        burials.finish(group)
    assert [letter.offset for letter in sender.letters] == [1, 2, 5]
    assert group.offsets == {(TOPIC, 0): 6}


def test_what_the_broker_has_not_is_not_noted(made: Callable[[Sender], Any]) -> None:
    group, sender = Group(), Sender()
    burials = made(sender)
    start(burials, group, [1, 2])
    sender.reports.pop(0)()
    burials.commit(group)
    assert group.offsets == {(TOPIC, 0): 2}
    again = made(sender)
    start(again, group, [1, 2])
    assert [letter.offset for letter in sender.letters] == [1, 2, 2]


def test_it_is_noted_once_a_second_at_most(made: Callable[[Sender], Any]) -> None:
    group, sender = Group(), Sender()
    burials = made(sender)
    start(burials, group, [])
    for offset in range(5):
        burials.bury(Junk(offset), WHY)
        sender.flush(1)
        burials.commit(group)
    assert group.commits == 1
    burials._service.clock.advance(COMMIT_SECONDS)
    burials.commit(group)
    burials.commit(group)
    assert group.commits == 2
    assert group.offsets == {(TOPIC, 0): 5}


def test_a_broker_that_does_not_know_its_offsets_yet_is_asked_again_and_no_letter_is_lost(
    made: Callable[[Sender], Any],
) -> None:
    group, sender = Group(errors=[KafkaError.NOT_COORDINATOR]), Sender()
    burials = made(sender)
    with pytest.raises(KafkaException):
        start(burials, group, [])
    start(burials, group, [0, 1])
    sender.flush(1)
    group.errors.append(KafkaError.NOT_COORDINATOR)
    burials.finish(group)
    burials.finish(group)
    assert [letter.offset for letter in sender.letters] == [0, 1]
    assert group.offsets == {(TOPIC, 0): 2}


def test_a_group_that_this_user_may_not_use_is_one_line(made: Callable[[Sender], Any]) -> None:
    with pytest.raises(DependencyError, match=r"^alert: Kafka refuses: .*; this user lacks an ACL$"):
        start(made(Sender()), Group(errors=[KafkaError.GROUP_AUTHORIZATION_FAILED]), [])
