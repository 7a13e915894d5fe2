"""How what a reader has is handed on, and how its account is closed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ingest.capture.fates import PassReason
from ingest.capture.outlet import here_now
from ingest.capture.ring import Captured
from posestream.errors import InputError

MakeBench = Callable[..., Any]
Head = Callable[..., Captured]


def test_what_is_handed_on_is_counted_and_wakes_the_taker(bench: MakeBench, captured: Head) -> None:
    made = bench()
    made.outlet.hand_on(captured(index=3), np.arange(10, dtype=np.uint8))
    assert [(taken.captured.index, taken.payload.size) for taken in made.take()] == [(3, 10)]
    assert (made.counts("sampled"), made.wakes) == ((1,), 1)


def test_the_first_good_frame_alone_wakes_the_taker(bench: MakeBench) -> None:
    made = bench()
    made.outlet.good_frame()
    made.outlet.good_frame()
    assert made.wakes == 1


def test_what_is_too_large_is_a_fault_and_was_not_handed_on(bench: MakeBench, captured: Head) -> None:
    made = bench(slot_bytes=100)
    with pytest.raises(InputError, match="a picture of 8x4 is too large"):
        made.outlet.hand_on(captured(), np.zeros(101, np.uint8))
    assert (made.counts("sampled"), made.wakes, made.take()) == ((0,), 0, [])


def test_it_is_counted_before_it_can_be_taken(
    bench: MakeBench, captured: Head, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, seen = bench(), list[tuple[int, ...]]()
    monkeypatch.setattr(made.memory.ring, "write", lambda *_: seen.append(made.counts("sampled")) or True)
    made.outlet.hand_on(captured(), np.zeros(1, np.uint8))
    assert seen == [(1,)]


@pytest.mark.parametrize(
    ("packets", "sampled", "corrupt", "gated", "closed", "no_picture"),
    [(10, 4, 1, 2, 10, 3), (7, 4, 1, 2, 7, 0), (0, 0, 0, 0, 0, 0), (2, 3, 0, 0, 3, 0)],
)
def test_a_closed_round_has_no_packet_without_a_fate(
    bench: MakeBench, packets: int, sampled: int, corrupt: int, gated: int, closed: int, no_picture: int
) -> None:
    made = bench()
    made.board["packets"], made.board["sampled"], made.board["corrupt"] = packets, sampled, corrupt
    made.board.count_passed(PassReason.GATED, gated)
    for _ in range(2):  # a second time changes nothing
        made.outlet.close_round()
        assert made.counts("packets", "no_picture") == (closed, no_picture)
        assert made.board.accounted == closed


def test_the_present_moment_is_the_machine_s() -> None:
    first, second = here_now(), here_now()
    assert second.wall_ns >= first.wall_ns > 1_700_000_000 * 10**9
    assert second.monotonic >= first.monotonic
