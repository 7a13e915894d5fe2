"""Infer workers share the cameras, take over and make room: short form of benchmarks/services.py."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lab.site import Site
from lab.takeover import joined, killed, sharing

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.rtsp,
    pytest.mark.weights,
    pytest.mark.testdata,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("pulled_models"),
]


def test_one_is_killed_and_another_joins(make_site: Callable[..., Site], footage: list[Path]) -> None:
    site = make_site(clips=footage, influx=False)
    site.services.start("infer", "w1")
    site.services.start("infer", "w2")
    site.services.start("ingest")
    site.services.wait_ready()
    assert min(sharing(site, ("infer/w1", "infer/w2")).values()) > 0

    lost = killed(site, "infer/w1")
    assert lost["cameras_seen"] == 4
    assert lost["longest_gap_seconds"] < 10.0, lost

    new = joined(site, "w3")
    assert new["cameras_seen"] == 4
    assert new["answered_twice"] == 0, new
    assert new["longest_gap_seconds"] < 2.0, new
    assert min(sharing(site, ("infer/w2", "infer/w3")).values()) > 0
