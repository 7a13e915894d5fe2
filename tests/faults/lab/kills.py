"""Scenario: workers are killed at random for a while; afterwards nothing may be missing and nothing doubled."""

import random
import time
from dataclasses import dataclass, field
from typing import Any

from lab.installation import wait_until
from lab.site import SERVICES, Site
from lab.truth import Verdict, check_alerts, check_tracks, firing_ids
from posestream.messaging.alert_message import read_alert
from posestream.messaging.events import read_poses
from posestream.schemas import AlertState


@dataclass
class KillPlan:
    """``kills`` kills spread over ``seconds`` at random moments, victims in random order but evenly."""

    kills: int
    seconds: float
    seed: int = 1
    victims: tuple[str, ...] = SERVICES
    done: list[tuple[float, str]] = field(default_factory=list)


def carry_out(site: Site, plan: KillPlan) -> None:
    """Kill and restart workers as planned, then let the site come to rest: ingest ends, the others drain."""
    rng = random.Random(plan.seed)  # noqa: S311  # a plan, no secret
    moments = sorted(rng.uniform(0, plan.seconds) for _ in range(plan.kills))
    victims = [plan.victims[number % len(plan.victims)] for number in range(plan.kills)]
    rng.shuffle(victims)
    began = time.monotonic()
    for moment, victim in zip(moments, victims, strict=True):
        time.sleep(max(began + moment - time.monotonic(), 0.0))
        name = f"{victim}/w1"
        site.services.kill(name)
        plan.done.append((round(time.monotonic() - began, 2), victim))
        time.sleep(rng.uniform(0.0, 1.0))
        site.services.restart(name)
    time.sleep(max(began + plan.seconds - time.monotonic(), 0.0))
    site.services.wait_ready()
    wait_until(lambda: _flows(site), "poses after the last kill")
    code, _ = site.services.terminate("ingest/w1")
    assert code == 0, f"ingest ended with {code}"
    site.wait_still(("frames", "poses", "tracks", "alerts"), 8.0)


def check(site: Site, plan: KillPlan, still_camera: str | None) -> tuple[Verdict, dict[str, Any]]:
    """Compare what is there with what must be; the still camera shows persons who never move."""
    poses, tracks, alerts = site.records("poses"), site.records("tracks"), site.records("alerts")
    tracked = check_tracks(poses, tracks)
    judged = check_alerts(site.config, tracks, alerts)
    verdict = Verdict(wrong=[*tracked.wrong, *judged.wrong])
    verdict.must(tracked.counts["events"] > 0, "no event at all was tracked")
    verdict.must(judged.counts["alerts"] > 0, "no alert at all was raised")
    epochs = _epochs(poses)
    kills_of_ingest = sum(victim == "ingest" for _, victim in plan.done)
    verdict.must(
        all(len(found) >= min(kills_of_ingest, 1) + 1 for found in epochs.values()),
        f"{kills_of_ingest} kills of ingest, but epochs are {epochs}",
    )
    if still_camera is not None:
        fired = firing_ids(alerts, "present", still_camera)
        resolved = {
            alert.id
            for record in alerts
            for alert in [read_alert(record.key, record.value, record.headers)]
            if alert.rule == "present" and alert.state is AlertState.RESOLVED
        }
        again = [alert for alert in fired if alert in resolved]
        verdict.must(bool(fired), f"{still_camera}: nobody was seen")
        verdict.must(not again, f"{still_camera}: {len(again)} of {len(fired)} alerts ended though nobody moved")
    figures = {
        "kills": len(plan.done),
        "kills_by_service": {name: sum(victim == name for _, victim in plan.done) for name in plan.victims},
        "events": tracked.counts["events"],
        "events_repeated": tracked.counts["repeated"],
        "alerts": judged.counts["alerts"],
        "alert_changes": judged.counts["changes"],
        "alert_changes_repeated": judged.counts["repeated"],
        "epochs": {camera: len(found) for camera, found in epochs.items()},
    }
    return verdict, figures


def _flows(site: Site) -> bool:
    now = time.time_ns()
    poses = site.records("poses")
    newest = {record.key: record.at_ms for record in poses}
    return len(newest) >= len(site.config.cameras) and min(newest.values()) > now // 1_000_000 - 5000


def _epochs(poses: list[Any]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for record in poses:
        stamp = read_poses(record.key, record.value, record.headers).stamp
        epochs = found.setdefault(stamp.camera_id, [])
        if stamp.epoch not in epochs:
            epochs.append(stamp.epoch)
    return found
