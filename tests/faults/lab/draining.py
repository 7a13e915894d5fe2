"""Scenario: SIGTERM under load; each service ends soon, with 0, and nothing that it took is lost."""

from typing import Any

from lab.site import SERVICES, Site
from lab.truth import Verdict, check_alerts, check_tracks

LIMIT_SECONDS = 10.0


def end_each(site: Site, rounds: int) -> tuple[Verdict, dict[str, Any]]:
    """End and restart each service in turn under load, at last all of them from the front; services must be running."""
    verdict = Verdict()
    seconds: dict[str, list[float]] = {name: [] for name in SERVICES}
    for _ in range(rounds):
        for service in SERVICES:
            _end(site, service, seconds, verdict)
            site.services.restart(f"{service}/w1")
            site.services.wait_ready(f"{service}/w1")
    for service in SERVICES:  # from the front, so that those behind it drain what came
        _end(site, service, seconds, verdict)
        if service != SERVICES[-1]:
            site.wait_still(("frames", "poses", "tracks", "alerts"), 3.0)
    verdict.wrong += check_tracks(site.records("poses"), site.records("tracks")).wrong
    verdict.wrong += check_alerts(site.config, site.records("tracks"), site.records("alerts")).wrong
    return verdict, {"longest_seconds": {name: round(max(found), 2) for name, found in seconds.items()}}


def _end(site: Site, service: str, seconds: dict[str, list[float]], verdict: Verdict) -> None:
    code, took = site.services.terminate(f"{service}/w1")
    seconds[service].append(took)
    verdict.must(code == 0, f"{service} ended with {code}")
    verdict.must(took < LIMIT_SECONDS, f"{service} took {took:.1f} s to end")
