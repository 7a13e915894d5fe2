"""SIGTERM under load: short form of benchmarks/services.py."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.draining import end_each
from lab.site import Site

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.rtsp,
    pytest.mark.weights,
    pytest.mark.testdata,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("pulled_models"),
]


def test_each_service_ends_soon_and_loses_nothing(make_site: Callable[..., Site], footage: list[Path]) -> None:
    site = make_site(clips=footage[2:], kafka="max_frame_age: 2s")
    site.start_all()
    time.sleep(5.0)
    verdict, figures = end_each(site, rounds=1)
    assert verdict.wrong == [], figures
    assert "Traceback" not in site.services.logs()
