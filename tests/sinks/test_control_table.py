"""What people told the services, as a table."""

import pytest

from lab.records import records
from posestream.config import KafkaConfig
from posestream.messaging.control_message import (
    Acknowledgement,
    Mark,
    Suspension,
    control_headers,
    control_key,
    read_control,
    write_control,
)
from posestream.messaging.event_producer import EventProducer
from posestream.messaging.unreadable import Unreadable
from sinks.control_table import MOST_KEPT, ControlTable, Said, take_back, tell

SEEN = Acknowledgement(kind="acknowledgement", alert="a1", at_ns=1, by="eve")
WRONG = Mark(kind="mark", alert="a1", right=False, at_ns=2, by="eve")


def suspension(camera: str | None = None, rule: str | None = None, until: int = 200) -> Suspension:
    return Suspension(kind="suspension", camera=camera, rule=rule, from_ns=100, until_ns=until, at_ns=1, by="eve")


def hear(table: ControlTable, said: Said) -> None:
    table.heard(control_key(said).encode(), write_control(said), control_headers(said, "site"))


def test_of_an_empty_topic_nothing_is_suspended() -> None:
    table = ControlTable()
    assert not table.suspended("hall", "in", 150)
    assert table.said("acknowledgement/a1") is None


@pytest.mark.parametrize(
    ("said", "suspended"),
    [
        (suspension(), {("hall", "in"), ("hall", "out"), ("yard", "in")}),
        (suspension(camera="hall"), {("hall", "in"), ("hall", "out")}),
        (suspension(rule="in"), {("hall", "in"), ("yard", "in")}),
        (suspension(camera="hall", rule="in"), {("hall", "in")}),
    ],
    ids=["all", "a camera", "a rule", "a rule at a camera"],
)
def test_a_suspension_holds_for_what_it_names(said: Suspension, suspended: set[tuple[str, str]]) -> None:
    table = ControlTable()
    hear(table, said)
    asked = [("hall", "in"), ("hall", "out"), ("yard", "in")]
    assert {place for place in asked if table.suspended(*place, 150)} == suspended


@pytest.mark.parametrize(("at_ns", "holds"), [(99, False), (100, True), (199, True), (200, False)])
def test_it_holds_from_its_begin_until_before_its_end(at_ns: int, holds: bool) -> None:
    table = ControlTable()
    hear(table, suspension())
    assert table.suspended("hall", "in", at_ns) is holds


def test_a_later_one_of_the_same_replaces_it_and_it_can_be_taken_back() -> None:
    table = ControlTable()
    hear(table, suspension("hall"))
    hear(table, suspension("hall", until=120))
    assert not table.suspended("hall", "in", 150)
    hear(table, suspension("hall"))
    table.heard(control_key(suspension("hall")).encode(), None, None)
    table.heard(b"suspension/never/said", None, None)
    assert not table.suspended("hall", "in", 150)


def test_acknowledgements_and_marks_are_kept() -> None:
    table = ControlTable()
    hear(table, SEEN)
    hear(table, WRONG)
    assert table.said("acknowledgement/a1") == SEEN
    assert table.said("mark/a1") == WRONG


def test_the_number_is_bounded_and_the_oldest_go() -> None:
    table = ControlTable()
    headers = control_headers(SEEN, "site")
    for number in range(MOST_KEPT + 1):
        said = f'{{"kind":"acknowledgement","alert":"a{number}","at_ns":1,"by":"eve"}}'.encode()
        table.heard(f"acknowledgement/a{number}".encode(), said, headers)
    assert table.said("acknowledgement/a0") is None
    assert table.said(f"acknowledgement/a{MOST_KEPT}") is not None


def test_what_cannot_be_read_changes_nothing() -> None:
    table = ControlTable()
    hear(table, suspension())
    with pytest.raises(Unreadable):
        table.heard(b"suspension/*/*", b"{", control_headers(SEEN, "site"))
    assert table.suspended("hall", "in", 150)


@pytest.mark.kafka
def test_what_is_told_arrives_on_the_control_topic(kafka: KafkaConfig) -> None:
    with EventProducer(kafka) as producer:
        tell(producer, "site", suspension("hall"))
        take_back(producer, suspension("hall"))
    found = records(kafka, "control")
    assert [record.key for record in found] == [b"suspension/hall/*"] * 2
    assert read_control(found[0].key, found[0].value, found[0].headers) == suspension("hall")
    assert found[1].value is None
