"""Signs of life of one try to read, as its watcher sees them on the board."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from ingest.capture.attempt import Attempt
from ingest.capture.board import Phase
from posestream.clock import SettableClock

MakeBench = Callable[..., Any]


def test_each_sign_of_life_says_when_and_for_what_it_waits_now(bench: MakeBench) -> None:
    made = bench()
    made.clock.advance(3.0)
    made.attempt.opened(12.5)
    assert (made.board["phase"], made.board["beat"], made.board["source_fps"]) == (Phase.FIRST_FRAME, 3.0, 12.5)
    made.clock.advance(1.0)
    made.attempt.alive()
    assert (made.board["phase"], made.board["beat"]) == (Phase.FIRST_FRAME, 4.0)
    made.clock.advance(1.0)
    assert made.attempt.frame_came()
    made.clock.advance(1.0)
    assert not made.attempt.frame_came()
    assert (made.board["phase"], made.board["flowing_since"], made.board["last_frame_at"]) == (Phase.FLOWING, 5.0, 6.0)
    assert made.board["beat"] == 6.0


def test_a_rate_that_is_not_known_is_nought(bench: MakeBench) -> None:
    made = bench()
    made.attempt.opened(25.0)
    made.attempt.opened(None)
    assert made.board["source_fps"] == 0.0


def test_it_is_wanted_as_long_as_the_watcher_says_so(bench: MakeBench) -> None:
    made = bench()
    assert made.attempt.wanted()
    made.board["wanted"] = 0
    assert not made.attempt.wanted()
    assert not made.attempt.pause_until(1e9)


class Ticking(SettableClock):
    """A clock that goes on by itself whenever it is read."""

    def monotonic(self) -> float:
        self.advance(0.01)
        return super().monotonic()


def test_waiting_is_a_sign_of_life_and_ends_in_time(bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    made, beats = bench(), list[float]()
    attempt = Attempt(made.board, Ticking())
    monkeypatch.setattr("ingest.capture.attempt.time.sleep", lambda _: beats.append(made.board["beat"]))
    assert attempt.pause_until(0.1)
    assert len(beats) >= 3
    assert beats == sorted(set(beats))
    assert beats[-1] < 0.11


def test_waiting_ends_when_nobody_wants_it_any_more(bench: MakeBench) -> None:
    made = bench()  # its clock stands still: without the end this would wait for ever
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(made.attempt.pause_until(1.0)))
    waiting.start()
    made.board["wanted"] = 0
    waiting.join(10.0)
    assert answers == [False]
