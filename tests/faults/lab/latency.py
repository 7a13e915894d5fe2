"""Scenario: steady state; how old is an event when it can be read on the tracks topic?"""

import time
from typing import Any

import numpy as np

from lab.arrivals import Arrivals
from lab.site import Site
from posestream.messaging.events import read_tracks

# Waiting for inference and inference itself are told apart: they depend on the network and the machine.
INFERENCE = frozenset({"queue", "batch", "convert", "detect", "joints", "looks"})


def measure(site: Site, seconds: float, settle_seconds: float = 10.0) -> dict[str, Any]:
    """Watch the tracks topic for a while; gives percentiles in ms. Services must be running."""
    time.sleep(settle_seconds)
    before = {name: site.services.cpu_seconds(name) for name in site.services.workers}
    with Arrivals(site.kafka, "tracks") as arrivals:
        time.sleep(seconds)
    after = {name: site.services.cpu_seconds(name) for name in site.services.workers}
    ages, inference = [], []
    for arrival in arrivals.seen:
        poses = read_tracks(arrival.key, arrival.value, arrival.headers).poses
        if poses.inferred:
            spent = sum(ms for stage, ms in poses.timings_ms.items() if stage in INFERENCE)
            inference.append(spent)
            ages.append((arrival.at_ns - poses.stamp.captured_at_ns) / 1e6 - spent)
    rest, looked = np.array(ages), np.array(inference)
    return {
        "events": len(ages),
        "events_a_second": round(len(ages) / seconds, 2),
        "p50_ms": _percentile(rest, 50),
        "p90_ms": _percentile(rest, 90),
        "p99_ms": _percentile(rest, 99),
        "inference_and_queue_p50_ms": _percentile(looked, 50),
        "inference_and_queue_p99_ms": _percentile(looked, 99),
        "cpu_share": {name: round((after[name] - before[name]) / seconds, 3) for name in after},
    }


def _percentile(values: "np.ndarray[Any, Any]", share: float) -> float | None:
    return round(float(np.percentile(values, share)), 2) if len(values) else None
