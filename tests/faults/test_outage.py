"""The broker dies and comes back: events arrive, frames are accounted for: short form of benchmarks/services.py."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lab.outage import carry_out, check
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


def test_a_broker_that_is_away(make_site: Callable[..., Site], footage: list[Path]) -> None:
    site = make_site(clips=footage[:2], influx=False)
    site.start_all(("ingest", "infer", "track"))
    carry_out(site, before=8.0, away=10.0, after=15.0)
    verdict, figures = check(site)
    assert verdict.wrong == [], figures
