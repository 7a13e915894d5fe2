"""Whatever is killed, nothing is missing and nothing doubled: short form, see benchmarks/services.py."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lab.kills import KillPlan, carry_out, check
from lab.points import check_points
from lab.site import CAMERAS, Site

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.rtsp,
    pytest.mark.weights,
    pytest.mark.testdata,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("pulled_models"),
]


def test_twelve_kills(make_site: Callable[..., Site], footage: list[Path]) -> None:
    site = make_site(clips=footage, kafka="max_frame_age: 2s")
    site.start_all()
    plan = KillPlan(kills=12, seconds=100.0, seed=12)
    carry_out(site, plan)
    verdict, figures = check(site, plan, still_camera=CAMERAS[3])
    assert verdict.wrong == [], figures
    assert figures["kills"] == 12
    assert min(figures["kills_by_service"].values()) == 2
    assert check_points(site).wrong == []
    assert "Traceback" not in site.services.logs()
