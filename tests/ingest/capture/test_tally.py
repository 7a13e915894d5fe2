"""The account of a camera over all of its readers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.capture.board import BOARD_BYTES, Board
from ingest.capture.fates import PASS_REASONS, PassReason
from ingest.capture.tally import CaptureCounts, Tally
from ingest.health.picture_meter import PictureFigures

FIGURES = PictureFigures(90.0, 0.1, 0.2, 33.0, 1.5, 0.4, 12.0, 0.9)


def board(**words: float) -> Board:
    made = Board(memoryview(bytearray(BOARD_BYTES)))
    for name, value in words.items():
        made[name] = value
    return made


def open_count(counts: CaptureCounts) -> int:
    """Packets whose fate is not known yet."""
    return counts.packets - counts.sampled - counts.corrupt - sum(counts.passed.values())


def test_before_the_first_reader_all_is_nought() -> None:
    counts = Tally().read()
    assert (counts.packets, counts.decoded, counts.last_frame_at, counts.figures) == (0, 0, None, None)
    assert counts.passed == dict.fromkeys(PassReason, 0)
    assert not counts.idle


def test_what_is_in_a_reader_when_it_ends_is_abandoned() -> None:
    tally, now = Tally(), board(packets=10, sampled=4, corrupt=1, decoded=7, last_frame_at=5.0, idle=1)
    now.count_passed(PassReason.GATED, 2)
    tally.watch(now)
    assert open_count(tally.read()) == 3
    assert tally.read().idle
    tally.settle()
    closed = tally.read()
    assert open_count(closed) == 0
    assert (closed.packets, closed.sampled, closed.decoded, closed.last_frame_at) == (10, 4, 7, 5.0)
    assert (closed.passed[PassReason.ABANDONED], closed.passed[PassReason.GATED]) == (3, 2)
    assert not closed.idle
    now.count("packets", 100)  # a thread that hangs on: nobody counts it any more
    assert tally.read() == closed


@given(st.lists(st.tuples(*[st.integers(0, 1000)] * 5), max_size=5))
def test_the_account_is_closed_after_any_number_of_readers(rounds: list[tuple[int, ...]]) -> None:
    tally, packets, sampled = Tally(), 0, 0
    for got, kept, damaged, gated, seen in rounds:
        now = board(packets=got, sampled=kept, corrupt=damaged, decoded=seen)
        now.count_passed(PassReason.GATED, gated)
        tally.watch(now)
        tally.settle()
        packets, sampled = packets + max(got, kept + damaged + gated), sampled + kept
        counts = tally.read()
        assert open_count(counts) == 0
        assert (counts.packets, counts.sampled) == (packets, sampled)
    assert tally.read().passed.keys() == set(PASS_REASONS)


def test_the_last_frame_and_the_last_figures_outlive_their_reader() -> None:
    tally, first = Tally(), board(last_frame_at=9.0)
    first.show_figures(FIGURES)
    tally.watch(first)
    tally.settle()
    tally.watch(board())
    assert (tally.read().last_frame_at, tally.read().figures) == (9.0, FIGURES)


def test_settling_twice_or_without_a_reader_changes_nothing() -> None:
    tally = Tally()
    tally.settle()
    assert tally.read().packets == 0
    tally.watch(board(packets=3))
    tally.settle()
    tally.settle()
    assert tally.read().passed[PassReason.ABANDONED] == 3


@pytest.mark.parametrize("rubbish", [-(2**63), -1, 2**63 - 1])
def test_counters_of_a_broken_reader_cannot_be_told_from_wrong_ones_but_they_fit_every_message(rubbish: int) -> None:
    tally = Tally()
    for _ in range(3):
        wrong = board(packets=rubbish, sampled=rubbish, corrupt=rubbish, decoded=rubbish)
        wrong.count_passed(PassReason.GATED, rubbish)
        tally.watch(wrong)
        for settle in (lambda: None, tally.settle):
            settle()
            counts = tally.read()
            shown = [counts.packets, counts.decoded, counts.corrupt, counts.sampled, *counts.passed.values()]
            assert all(0 <= count < 2**63 for count in shown)
    assert open_count(tally.read()) == 0


@pytest.mark.parametrize("rubbish", [math.nan, math.inf, -math.inf, -1.0])
def test_a_broken_reader_does_not_spoil_the_time_of_the_last_frame(rubbish: float) -> None:
    tally = Tally()
    tally.watch(board(last_frame_at=5.0))
    tally.settle()
    tally.watch(board(last_frame_at=rubbish))
    assert tally.read().last_frame_at == 5.0
    tally.settle()
    assert tally.read().last_frame_at == 5.0
