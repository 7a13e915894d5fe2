"""Named words over memory, and what a broken reader may have written there."""

import math
from dataclasses import astuple, replace

import pytest

from ingest.capture.board import BOARD_BYTES, Board, Phase
from ingest.capture.fates import PASS_REASONS, PassReason
from ingest.health.picture_meter import PictureFigures

FIGURES = PictureFigures(90.0, 0.1, 0.2, 33.0, 1.5, 0.4, 12.0, 0.9)


def board() -> Board:
    return Board(memoryview(bytearray(BOARD_BYTES)))


def test_two_boards_over_one_memory_see_the_same_words() -> None:
    memory = bytearray(BOARD_BYTES)
    one, other = Board(memoryview(memory)), Board(memoryview(memory))
    one["wanted"] = 1
    one["phase"] = Phase.FLOWING
    one["start_realtime_us"] = 2**53 + 1  # a whole number stays one
    one.count("packets")
    one.count("packets", 4)
    one.count_passed(PassReason.GATED, 3)
    assert (other["wanted"], other["phase"], other["start_realtime_us"]) == (1, 2, 2**53 + 1)
    assert (other["packets"], other["decoded"]) == (5, 0)
    assert other.passed == dict.fromkeys(PASS_REASONS, 0) | {PassReason.GATED: 3}


def test_every_word_has_a_place_of_its_own() -> None:
    made = board()
    for number, reason in enumerate(PASS_REASONS, 1):
        made.count_passed(reason, number)
    made["sampled"], made["corrupt"], made["packets"] = 100, 1000, 7
    assert made.passed == {reason: number for number, reason in enumerate(PASS_REASONS, 1)}
    assert made.accounted == 1100 + sum(range(1, len(PASS_REASONS) + 1))
    assert made["packets"] == 7


def test_figures_are_there_after_the_first_look() -> None:
    made = board()
    assert made.figures is None
    made.show_figures(FIGURES)
    assert made.figures == FIGURES
    made.show_figures(replace(FIGURES, brightness=1.0))
    assert made.figures == replace(FIGURES, brightness=1.0)
    assert made["looked"] == 2


@pytest.mark.parametrize("rubbish", [math.nan, math.inf, -math.inf])
def test_figures_are_finite_whatever_wrote_them(rubbish: float) -> None:
    made = board()
    made.show_figures(replace(FIGURES, contrast=rubbish))
    assert made.figures == replace(FIGURES, contrast=0.0)
    made._row["figures"] = [rubbish] * 8  # a reader that was taken over
    assert made.figures is not None
    assert all(math.isfinite(value) for value in astuple(made.figures))
