import time

import pytest

from posestream.hosts.costs import StageCosts


def test_nothing_was_measured() -> None:
    assert StageCosts().per_frame_ms(0) == {}


def test_stages_are_summed_and_told_apart() -> None:
    costs = StageCosts()
    for _ in range(3):
        with costs.measured("work"):
            until = time.process_time() + 0.004
            while time.process_time() < until:
                pass
    with costs.measured("rest"):
        pass
    assert list(costs.of) == ["work", "rest"]
    assert costs.of["work"].cpu_seconds >= 0.012
    assert costs.of["work"].wall_seconds >= 0.012 * 0.5
    per_frame = costs.per_frame_ms(3)
    assert per_frame["work"]["cpu_ms"] == pytest.approx(costs.of["work"].cpu_seconds / 3 * 1e3, abs=1e-3)
    assert per_frame["work"]["wall_ms"] == pytest.approx(costs.of["work"].wall_seconds / 3 * 1e3, abs=1e-3)


def test_a_stage_that_fails_is_charged_and_its_error_goes_on() -> None:
    costs = StageCosts()
    with pytest.raises(KeyError), costs.measured("work"):
        raise KeyError
    assert "work" in costs.of


def test_without_frames_the_sums_are_given() -> None:
    costs = StageCosts()
    with costs.measured("decode"):
        pass
    assert costs.per_frame_ms(0) == costs.per_frame_ms(1)
