"""Warnings of cameras whose events are passed over for long."""

from typing import Any

from structlog.testing import capture_logs

from lab.walkers import walk
from posestream.clock import SettableClock
from sinks.passed_over import MOST_IN_A_ROW, TOLD_SECONDS, PassedOver

[OLD] = walk("hall", 1, epoch=3)
[OTHER] = walk("yard", 1, epoch=3)


def noted(passed: PassedOver, count: int) -> list[Any]:
    with capture_logs() as logs:
        for _ in range(count):
            passed.note(OLD.stamp, 7)
    return logs


def test_a_few_repeats_are_no_matter() -> None:
    passed = PassedOver("track", SettableClock())
    assert noted(passed, MOST_IN_A_ROW) == []
    passed.end("hall")
    assert noted(passed, MOST_IN_A_ROW) == [], "it counts those in a row"


def test_a_camera_that_is_passed_over_for_long_is_named_once_a_minute() -> None:
    clock = SettableClock()
    passed = PassedOver("track", clock)
    [line] = noted(passed, MOST_IN_A_ROW + 100)
    assert (line["event"], line["log_level"], line["camera"]) == ("passed_over", "warning", "hall")
    assert line["events"] == MOST_IN_A_ROW + 1
    assert line["reason"].startswith("epoch 3 is older than the last one, 7: was the clock of ingest set back")
    clock.advance(TOLD_SECONDS)
    assert [line["events"] for line in noted(passed, 5)] == [MOST_IN_A_ROW + 101]


def test_each_camera_has_its_own_row() -> None:
    passed = PassedOver("track", SettableClock())
    noted(passed, MOST_IN_A_ROW)
    with capture_logs() as logs:
        passed.note(OTHER.stamp, 7)
    assert logs == []
