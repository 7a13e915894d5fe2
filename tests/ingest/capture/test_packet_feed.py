"""Which access units of a connect are handed on, and with which heads."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import pytest
from av.packet import Packet

from ingest.capture.packet_feed import PacketFeed, StreamFacts, decode_seconds
from ingest.capture.ring import Captured
from posestream.errors import InputError

MakeBench = Callable[..., Any]
FACTS = StreamFacts("h264", 160, 120, 25.0)


def unit(dts: int | None, pts: int | None = None, *, key: bool = False) -> Packet:
    """An access unit with times in 1/25 s."""
    made = av.Packet(b"unit")
    made.time_base = Fraction(1, 25)
    made.dts, made.pts, made.is_keyframe = dts, pts, key
    return made


class Parts:
    """A feed over the memory of a bench."""

    def __init__(self, made: Any) -> None:  # noqa: ANN401  # a Bench
        self.bench = made
        self.feed = PacketFeed(made.outlet)
        self.feed.begin(FACTS)

    def heads(self) -> list[Captured]:
        self.bench.take()
        return [taken.captured for taken in self.bench.taken]


def test_units_before_the_first_keyframe_are_passed_over_and_have_no_index(bench: MakeBench) -> None:
    parts = Parts(bench())
    for index in range(8):
        parts.feed.offer(unit(index, index, key=index == 5))
    assert [(head.index, head.keyframe) for head in parts.heads()] == [(0, True), (1, False), (2, False)]
    assert parts.bench.counts("decoded", "sampled", "before_keyframe") == (8, 3, 5)


def test_a_stream_without_keyframes_is_taken_after_a_while(bench: MakeBench) -> None:
    parts = Parts(bench())
    for index in range(153):
        parts.feed.offer(unit(index, index))
    assert [head.index for head in parts.heads()] == [0, 1, 2]


def test_a_unit_has_its_arrival_and_the_stream_s_size_and_codec(bench: MakeBench) -> None:
    parts = Parts(bench())
    parts.bench.board["start_realtime_us"] = 77
    parts.feed.offer(unit(100, 100, key=True))
    parts.bench.clock.advance(2.0)
    parts.feed.offer(unit(101, 101))
    first, second = parts.heads()
    assert (first.round, first.pts_seconds, first.stream_seconds, first.start_realtime_us) == (1, 0.0, 4.0, 77)
    assert second.pts_seconds == pytest.approx(0.04)
    assert second.arrived_ns >= first.arrived_ns > 1_700_000_000 * 10**9
    assert (first.width, first.height, first.layout) == (160, 120, "h264")
    assert bytes(parts.bench.taken[0].payload) == b"unit"
    assert parts.bench.board["last_frame_at"] == 2.0


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
    bench: MakeBench, units: list[tuple[int | None, int | None]], places: list[int]
) -> None:
    parts = Parts(bench())
    for number, (dts, pts) in enumerate(units):
        parts.feed.offer(unit(dts, pts, key=number == 0))
    assert [head.pts_seconds * 25 for head in parts.heads()] == pytest.approx(places)
    assert [head.index for head in parts.heads()] == list(range(len(units)))  # the order of decoding


def test_a_damaged_unit_leaves_a_gap_in_the_index(bench: MakeBench) -> None:
    parts = Parts(bench())
    parts.feed.offer_damaged()
    parts.feed.offer(unit(0, 0, key=True))
    parts.feed.offer_damaged()
    parts.feed.offer(unit(2, 2))
    assert [head.index for head in parts.heads()] == [0, 2]
    assert parts.bench.counts("decoded", "corrupt", "sampled") == (4, 2, 2)


def test_each_begin_is_a_new_round_that_counts_from_zero(bench: MakeBench) -> None:
    parts = Parts(bench())
    for _ in range(2):
        parts.feed.begin(FACTS)
        parts.feed.offer(unit(9, 9, key=True))
    assert [(head.round, head.index, head.pts_seconds) for head in parts.heads()] == [(1, 0, 0.0), (2, 0, 0.0)]


def test_a_unit_that_is_too_large_is_a_fault(bench: MakeBench) -> None:
    parts = Parts(bench(slot_bytes=3))
    with pytest.raises(InputError, match="too large"):
        parts.feed.offer(unit(0, 0, key=True))


@pytest.mark.parametrize(("dts", "pts", "seconds"), [(None, None, None), (50, 75, 2.0), (None, 75, 3.0)])
def test_the_time_of_decoding_is_the_dts_where_there_is_one(
    dts: int | None, pts: int | None, seconds: float | None
) -> None:
    assert decode_seconds(unit(dts, pts)) == seconds
