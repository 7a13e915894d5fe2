"""Which access units of a connect are handed on, and with which stamps."""

from fractions import Fraction

import av
import pytest
from av.packet import Packet

from ingest.attempt import Attempt
from ingest.deadlines import LiveDeadlines
from ingest.packet_feed import PacketFeed, StreamFacts, decode_seconds
from ingest.status import CameraLedger, CameraState
from posestream.clock import SettableClock
from posestream.messaging.frame_message import FrameMessage
from posestream.schemas import TimeSource

START_NS = 1_750_000_000_000_000_000
FACTS = StreamFacts("h264", 160, 120, 25.0)


def unit(dts: int | None, pts: int | None = None, *, key: bool = False) -> Packet:
    """An access unit with times in 1/25 s."""
    made = av.Packet(b"unit")
    made.time_base = Fraction(1, 25)
    made.dts, made.pts, made.is_keyframe = dts, pts, key
    return made


class Parts:
    """A feed and what stands around it."""

    def __init__(self) -> None:
        self.clock = SettableClock(START_NS)
        self.ledger = CameraLedger(self.clock)
        self.attempt = Attempt(self.clock, LiveDeadlines(), lambda: None)
        self.sent: list[FrameMessage] = []
        self.feed = PacketFeed("cam", self.ledger, self.attempt, self.sent.append)
        self.feed.begin(FACTS)


def test_units_before_the_first_keyframe_are_passed_over_uncounted() -> None:
    parts = Parts()
    for index in range(8):
        parts.feed.offer(unit(index, index, key=index == 5))
    assert [frame.stamp.frame_index for frame in parts.sent] == [0, 1, 2]
    assert [frame.keyframe for frame in parts.sent] == [True, False, False]
    status = parts.ledger.status(delivered=0, dropped=0)
    assert (status.frames_decoded, status.frames_sampled, status.state) == (3, 3, CameraState.LIVE)


def test_a_stream_without_keyframes_is_taken_after_a_while() -> None:
    parts = Parts()
    for index in range(153):
        parts.feed.offer(unit(index, index))
    assert [frame.stamp.frame_index for frame in parts.sent] == [0, 1, 2]


def test_a_unit_is_stamped_with_its_arrival_and_the_stream_s_size() -> None:
    parts = Parts()
    parts.feed.offer(unit(100, 100, key=True))
    parts.clock.advance(0.04)
    parts.feed.offer(unit(101, 101))
    first, second = (frame.stamp for frame in parts.sent)
    assert (first.epoch, first.captured_at_ns, first.pts_seconds) == (START_NS // 10**6, START_NS, 0.0)
    assert (second.captured_at_ns, second.pts_seconds) == (START_NS + 40_000_000, pytest.approx(0.04))
    assert (first.width, first.height, first.time_source) == (160, 120, TimeSource.ARRIVAL)
    assert (parts.sent[0].codec, parts.sent[0].payload) == ("h264", b"unit")


@pytest.mark.parametrize(
    ("units", "places"),
    [
        ([(0, 0), (1, 1), (2, 2)], [0, 1, 2]),
        ([(-2, 0), (-1, 3), (0, 1), (1, 2)], [0, 3, 1, 2]),  # B-frames: decoded in another order than shown
        ([(None, 7), (None, 8)], [0, 1]),
        ([(None, None), (None, None)], [0, 1]),
        ([(500, 500), (0, 0), (1, 1)], [0, 1, 2]),  # the camera's clock was set back
    ],
)
def test_the_time_of_presentation_starts_at_zero_and_survives_odd_stamps(
    units: list[tuple[int | None, int | None]], places: list[int]
) -> None:
    parts = Parts()
    for number, (dts, pts) in enumerate(units):
        parts.feed.offer(unit(dts, pts, key=number == 0))
    assert [frame.stamp.pts_seconds * 25 for frame in parts.sent] == pytest.approx(places)
    times = [frame.stamp.captured_at_ns for frame in parts.sent]
    assert times == sorted(set(times))  # the order of sending, whatever is shown first


def test_a_damaged_unit_leaves_a_gap_in_the_index() -> None:
    parts = Parts()
    parts.feed.offer_damaged()
    parts.feed.offer(unit(0, 0, key=True))
    parts.feed.offer_damaged()
    parts.feed.offer(unit(2, 2))
    assert [frame.stamp.frame_index for frame in parts.sent] == [0, 2]
    assert parts.ledger.status(delivered=0, dropped=0).frames_corrupt == 2


def test_each_begin_is_a_new_epoch_that_counts_from_zero() -> None:
    parts = Parts()
    for _ in range(2):
        parts.feed.begin(FACTS)
        parts.feed.offer(unit(0, 0, key=True))
    first = START_NS // 10**6
    assert [(frame.stamp.epoch, frame.stamp.frame_index) for frame in parts.sent] == [(first, 0), (first + 1, 0)]


def test_who_gave_up_gets_nothing() -> None:
    parts = Parts()
    parts.attempt.abandon()
    parts.feed.offer(unit(0, 0, key=True))
    assert parts.sent == []
    assert parts.ledger.status(delivered=0, dropped=0).frames_decoded == 0


@pytest.mark.parametrize(("dts", "pts", "seconds"), [(None, None, None), (50, 75, 2.0), (None, 75, 3.0)])
def test_the_time_of_decoding_is_the_dts_where_there_is_one(
    dts: int | None, pts: int | None, seconds: float | None
) -> None:
    assert decode_seconds(unit(dts, pts)) == seconds
