"""A backlog is left behind by skipping, and counted: short form of benchmarks/services.py."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lab.backlog import keep_frames, measure
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


def test_half_a_minute_of_frames(make_site: Callable[..., Site], footage: list[Path]) -> None:
    site = make_site(clips=footage, influx=False)
    keep_frames(site, 3_600_000)
    site.start_all(("ingest", "infer"))
    verdict, figures = measure(site, 20.0)
    assert verdict.wrong == [], figures
    assert figures["seconds_to_fresh"] < 2.0, figures
