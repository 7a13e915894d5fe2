"""Scenario: the broker dies under load and comes back with its data."""

import time
from typing import Any

from lab.backlog import keep_frames
from lab.installation import wait_until
from lab.site import Site
from lab.truth import Verdict, check_tracks
from posestream.messaging.events import read_poses
from posestream.messaging.frame_message import NO_PICTURE, read_frame
from posestream.messaging.health_message import CameraHealth, read_health


def carry_out(site: Site, before: float, away: float, after: float) -> None:
    """Let the site run, kill the broker for ``away`` seconds, let it run again, then end ingest and come to rest."""
    keep_frames(site, 3_600_000)  # all of them are counted at the end
    time.sleep(before)
    site.broker.kill()
    time.sleep(away)
    site.broker.start()
    time.sleep(after)
    site.services.wait_ready()
    code, _ = site.services.terminate("ingest/w1")
    assert code == 0, site.services.logs()[-3000:]
    site.wait_still(("frames", "poses", "tracks"), 8.0)


def check(site: Site) -> tuple[Verdict, dict[str, Any]]:
    """Close the account of the frames per camera, and follow every event that inference made to its topic."""
    verdict = Verdict()
    frames = [read_frame(record.key, record.value, record.headers) for record in site.records("frames")]
    pictures = [frame for frame in frames if frame.codec != NO_PICTURE]
    accounts: dict[str, Any] = {}
    for camera in site.config.cameras:
        last = _last_health(site, camera.id)
        there = sum(frame.stamp.camera_id == camera.id for frame in pictures)
        dropped = sum(last.frames_dropped.values())
        accounts[camera.id] = {
            "produced": last.frames_produced,
            "delivered": last.frames_delivered,
            "dropped": {reason: count for reason, count in last.frames_dropped.items() if count},
            "on_the_topic": there,
        }
        closed = last.frames_produced == last.frames_delivered + dropped
        verdict.must(closed, f"{camera.id}: produced is not delivered + dropped: {accounts[camera.id]}")
        verdict.must(dropped > 0, f"{camera.id}: nothing was dropped: was the broker away at all?")
        # A frame may lie there though its confirmation was lost with the broker: it counts as dropped all the same.
        verdict.must(
            there >= last.frames_delivered, f"{camera.id}: delivered more than there is: {accounts[camera.id]}"
        )
    poses = [read_poses(record.key, record.value, record.headers) for record in site.records("poses")]
    arrived = {one.stamp.event_id for one in poses if one.inferred}
    made = _answered(site)
    verdict.must(made == len(arrived), f"infer made {made} events of frames, {len(arrived)} arrived")
    verdict.wrong += check_tracks(site.records("poses"), site.records("tracks")).wrong
    return verdict, {"accounts": accounts, "events_made": made, "events_arrived": len(arrived)}


def _answered(site: Site) -> int:
    name = next(name for name in site.services.workers if name.startswith("infer/"))
    figures = wait_until(lambda: site.services.figures(name), "infer's figures")
    return int(sum(value for key, value in figures.items() if key.startswith("posestream_frames_answered_total")))


def _last_health(site: Site, camera: str) -> CameraHealth:
    found = [
        health
        for record in site.records("health")
        if record.key == camera.encode() and record.value is not None
        for health in [read_health(record.key, record.value, record.headers)]
        if isinstance(health, CameraHealth)
    ]
    return found[-1]
