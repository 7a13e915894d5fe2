"""Scenario: infer workers share the cameras; one is killed, one joins. How long is nobody looking?"""

import time
from itertools import pairwise
from typing import Any

from lab.arrivals import Arrival, Arrivals
from lab.installation import wait_until
from lab.site import Site
from posestream.messaging.events import read_poses
from posestream.schemas import Poses


def killed(site: Site, victim: str, watch_seconds: float = 20.0) -> dict[str, Any]:
    """Kill one of several running infer workers; gives the longest time without a look of any camera, in seconds."""
    with Arrivals(site.kafka, "poses") as arrivals:
        time.sleep(5.0)
        site.services.kill(victim)
        time.sleep(watch_seconds)
    return _figures(site, arrivals.seen)


def joined(site: Site, worker_id: str, watch_seconds: float = 25.0) -> dict[str, Any]:
    """Let one more infer worker join; gives the longest time without a look, and frames that were answered twice."""
    with Arrivals(site.kafka, "poses") as arrivals:
        time.sleep(5.0)
        site.services.start("infer", worker_id)
        site.services.wait_ready(f"infer/{worker_id}")
        time.sleep(watch_seconds)
    return _figures(site, arrivals.seen)


def sharing(site: Site, names: tuple[str, ...], seconds: float = 60.0) -> dict[str, float]:
    """Wait until each of these workers answers frames; gives how many each has received since."""

    def received(name: str) -> float:
        figures = site.services.figures(name)
        return sum(value for key, value in figures.items() if key.startswith("posestream_frames_received_total"))

    first = {name: received(name) for name in names}
    wait_until(lambda: all(received(name) > first[name] for name in names), f"frames at {', '.join(names)}", seconds)
    return {name: received(name) - first[name] for name in names}


def _figures(site: Site, seen: list[Arrival]) -> dict[str, Any]:
    looks: dict[str, list[int]] = {camera.id: [] for camera in site.config.cameras}
    answered: dict[str, int] = {}
    for arrival in seen:
        poses: Poses = read_poses(arrival.key, arrival.value, arrival.headers)
        if poses.inferred:
            looks[poses.stamp.camera_id].append(arrival.at_ns)
            answered[poses.stamp.event_id] = answered.get(poses.stamp.event_id, 0) + 1
    gaps = {
        camera: round(max((b - a for a, b in pairwise(times)), default=0) / 1e9, 2) for camera, times in looks.items()
    }
    return {
        "longest_gap_seconds": max(gaps.values()),
        "gaps": gaps,
        "answered": len(answered),
        "answered_twice": sum(count > 1 for count in answered.values()),
        "cameras_seen": sum(bool(times) for times in looks.values()),
    }
