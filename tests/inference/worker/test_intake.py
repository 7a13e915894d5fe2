from dataclasses import dataclass

import pytest
from fakes import NOW_NS, NotedProducer, clock_of, shared, stamp

from inference.worker.claim import Claim
from inference.worker.fates import Fates
from inference.worker.intake import Intake
from inference.worker.job import Job, Kind
from inference.worker.shared import Shared
from posestream.messaging.frame_message import JPEG, NO_PICTURE, frame_headers
from posestream.messaging.headers import RawHeaders
from posestream.schemas import TimeSource


@dataclass(frozen=True)
class Raw:
    """A message as a consumer gives it."""

    at: int
    raw_key: bytes | None = b"lobby"
    raw_value: bytes | None = b"picture"
    raw_headers: RawHeaders = None

    def topic(self) -> str:
        return "t.frames"

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self.at

    def key(self) -> bytes | None:
        return self.raw_key

    def value(self) -> bytes | None:
        return self.raw_value

    def headers(self) -> RawHeaders:
        return self.raw_headers


def message(offset: int, age: float = 0.0, codec: str = JPEG, source: TimeSource = TimeSource.ARRIVAL) -> Raw:
    place = stamp("lobby", offset, age, source)
    value = b"" if codec == NO_PICTURE else b"picture"
    return Raw(offset, b"lobby", value, frame_headers(place, codec, keyframe=True))


@dataclass
class Desk:
    """An intake, and what it put."""

    shared: Shared
    producer: NotedProducer
    put: list[Job]
    intake: Intake


def desk(max_frame_age: float = 1.0) -> Desk:
    given, producer, put = shared(max_frame_age), NotedProducer(), list[Job]()
    return Desk(given, producer, put, Intake(Fates(producer, given), given, put.append))


def test_frames_and_beats_become_jobs() -> None:
    at, claim = desk(), Claim(0, 0)
    assert at.intake.take(claim, message(0))
    assert at.intake.take(claim, message(1, codec=NO_PICTURE))
    assert [each.kind for each in at.put] == [Kind.PICTURE, Kind.BEAT]
    assert [each.offset for each in at.put] == [0, 1]
    assert at.put[0].frame.payload == b"picture"
    summary = at.shared.accounts.summary()
    assert (summary["received"], summary["beats"], summary["skipped"]) == (1, 1, 0)
    assert claim.committable == 0


@pytest.mark.parametrize(
    "raw",
    [
        Raw(0, None, None, None),
        Raw(0, b"door", b"picture", message(0).raw_headers),
        Raw(0, b"lobby", b"", message(0).raw_headers),
        Raw(0, b"lobby", b"x", [("codec", b"\xff\xfe")]),
        message(0, age=-3700.0),
    ],
)
def test_what_is_no_frame_is_buried(raw: Raw) -> None:
    at, claim = desk(), Claim(0, 0)
    assert at.intake.take(claim, raw)
    assert at.put == []
    assert at.producer.streams() == {"dead-letters": 1}
    assert at.shared.accounts.summary()["unreadable"] == 1
    assert claim.committable == 1


def test_old_frames_are_dropped_and_time_is_told_to_pass_once_a_second() -> None:
    at, claim = desk(), Claim(0, 0)
    for offset in range(5):
        assert not at.intake.take(claim, message(offset, age=60.0 - offset))
    assert [each.kind for each in at.put] == [Kind.LAPSE]
    assert at.put[0].stamp.captured_at_ns == NOW_NS - 60_000_000_000
    clock_of(at.shared).advance(1.0)
    at.intake.take(claim, message(5, age=54.0))
    assert [each.frame.codec for each in at.put] == [NO_PICTURE] * 2
    assert at.shared.accounts.summary()["dropped_old"] == 6
    assert claim.committable == 6


@pytest.mark.parametrize(
    ("limit", "codec", "source"),
    [(0.0, JPEG, TimeSource.ARRIVAL), (1.0, JPEG, TimeSource.FILE), (1.0, "h264", TimeSource.ARRIVAL)],
    ids=["all are answered", "a recording", "later packets need it"],
)
def test_which_old_frames_are_taken(limit: float, codec: str, source: TimeSource) -> None:
    at = desk(limit)
    assert at.intake.take(Claim(0, 0), message(0, 60.0, codec, source))
    assert [each.kind for each in at.put] == [Kind.PICTURE]


def test_messages_that_were_never_read_count_as_skipped_and_those_before_as_nothing() -> None:
    at, claim = desk(), Claim(0, 10)
    assert at.intake.take(claim, message(25))
    assert at.intake.take(claim, message(12))
    assert at.shared.accounts.summary()["skipped"] == 15
    assert len(at.put) == 1
