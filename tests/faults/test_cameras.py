"""What cameras do to who watches them: short forms, see benchmarks/cameras.py."""

from pathlib import Path

import pytest

from lab import mutations, sixteen, unplugs
from lab.footage import server_module

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.rtsp
def test_ten_unplugs_of_five_kinds(tmp_path: Path) -> None:
    found = unplugs.measure(tmp_path, 2, 5, server_module("rtsp").python_with_gstreamer())
    assert found["faults"] == []
    assert found["came_back"] == found["unplugs"] == 10
    assert found["secrets"] == 0
    held = found["held"]
    assert held["end"] == held["warm"]
    assert held["after"] == held["before"]
    assert held["all_stopped"]


def test_a_black_hole_and_a_flood_of_garbage_cost_the_other_cameras_nothing(tmp_path: Path) -> None:
    found = sixteen.measure(tmp_path, 6, 8.0)
    assert found["bad_down"]
    assert found["reconnects"] == 0
    assert found["lost_most"] < 0.05  # of some forty frames each; the long form wants 0.01 on a quiet machine


def test_a_hundred_damaged_streams(tmp_path: Path) -> None:
    found = mutations.measure(tmp_path, 100, 1)
    assert found["streams"] == sum(found["reasons"].values()) == 100
    assert found["hung"] == found["open_accounts"] == 0
    assert 0 < found["most_mb"] < found["limit_mb"]
    assert found["pictures"] > 100
