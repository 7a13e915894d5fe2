"""Scenario: nobody looked for a while; how soon is infer at the newest frame again, and is the count right?"""

import time
from typing import Any

from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from lab.arrivals import Arrivals
from lab.installation import wait_until
from lab.site import Site
from lab.truth import Verdict
from posestream.messaging.events import read_poses
from posestream.messaging.frame_message import read_frame
from posestream.messaging.topic_admin import admin_client

FRESH_NS = 1_500_000_000


def keep_frames(site: Site, milliseconds: int) -> None:
    """Raise the retention of this site's own frames topic."""
    entries = [
        ConfigEntry("retention.ms", str(milliseconds), incremental_operation=AlterConfigOpType.SET),
        ConfigEntry("retention.bytes", "-1", incremental_operation=AlterConfigOpType.SET),
    ]
    resource = ConfigResource(ResourceType.TOPIC, site.kafka.topic("frames"), incremental_configs=entries)
    for done in admin_client(site.kafka).incremental_alter_configs([resource]).values():
        done.result(10)


def measure(site: Site, pause_seconds: float) -> tuple[Verdict, dict[str, Any]]:
    """End infer, let frames gather, start it again; ingest and infer must be running."""
    code, _ = site.services.terminate("infer/w1")
    verdict = Verdict()
    verdict.must(code == 0, f"infer ended with {code}")
    before = len(site.records("frames"))
    time.sleep(pause_seconds)
    gathered = len(site.records("frames")) - before
    with Arrivals(site.kafka, "poses") as arrivals:
        site.services.restart("infer/w1")
        site.services.wait_ready("infer/w1")
        ready_ns = time.time_ns()
        fresh = wait_until(lambda: _all_fresh(site, arrivals), "fresh poses of every camera", 60.0)
    site.services.terminate("ingest/w1")
    site.wait_still(("frames", "poses"), 5.0)
    figures = site.services.figures("infer/w1")
    account = {
        name: int(sum(value for key, value in figures.items() if key.startswith(f"posestream_{name}_total")))
        for name in ("frames_received", "frames_dropped", "frames_answered")
    }
    total = sum(1 for record in site.records("frames") if read_frame(record.key, record.value, record.headers))
    verdict.must(gathered > 0, "no backlog gathered")
    return verdict, {
        "backlog_frames": gathered,
        "seconds_to_fresh": round(max(fresh - ready_ns, 0) / 1e9, 2),
        "account": account,
        "frames_on_the_topic": total,
        "frames_before_the_pause": before,
        "dropped_old": int(sum(value for key, value in figures.items() if 'reason="old"' in key)),
    }


def _all_fresh(site: Site, arrivals: Arrivals) -> int:
    """Give when the last of the cameras had a look at a fresh frame, UTC ns; 0 before that."""
    first: dict[str, int] = {}
    for arrival in tuple(arrivals.seen):
        poses = read_poses(arrival.key, arrival.value, arrival.headers)
        if poses.inferred and arrival.at_ns - poses.stamp.captured_at_ns < FRESH_NS:
            first.setdefault(poses.stamp.camera_id, arrival.at_ns)
    return max(first.values()) if len(first) == len(site.config.cameras) else 0
