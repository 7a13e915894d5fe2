"""Scenario: a consumer finds a backlog of hundreds of megabytes; its memory hardly grows while it works it off."""

import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from confluent_kafka import Consumer, KafkaException, TopicPartition

from lab.installation import wait_until
from lab.loads import all_tracks, stamps
from lab.poison import Message
from lab.site import Site
from posestream.messaging.event_producer import EventProducer
from posestream.messaging.events import event_headers, write_poses, write_tracks
from posestream.schemas import Tracks

WARM_EVENTS = 400
READS = {"track": ("poses",), "alert": ("tracks",), "write": ("tracks",), "archive": ("poses", "tracks")}
WAIT_SECONDS = 3600.0
PERSONS = 40


def measure(site: Site, service: str, megabytes: int) -> dict[str, Any]:
    """Warm a service up, put a backlog on its topics while it stands still, and watch it work that off."""
    name = f"{service}/w1"
    warm = sum(put(site, stream, 0, WARM_EVENTS) for stream in READS[service])
    site.services.start(service)
    site.services.wait_ready(name)
    wait_until(lambda: behind(site, service) == 0, f"{service} to have worked off {warm} bytes", WAIT_SECONDS)
    time.sleep(5.0)
    idle = site.services.rss_bytes(name)
    process = site.services.workers[name].process
    process.send_signal(signal.SIGSTOP)  # else it would keep up, and there would be no backlog
    try:
        each = megabytes * 1_000_000 // len(READS[service])
        sizes = [put(site, stream, WARM_EVENTS, each) for stream in READS[service]]
        waiting = behind(site, service)
    finally:
        process.send_signal(signal.SIGCONT)
    began, most = time.monotonic(), idle
    while behind(site, service):
        most = max(most, site.services.rss_bytes(name))
        assert time.monotonic() - began < WAIT_SECONDS, f"{service} is still {behind(site, service)} events behind"
        time.sleep(0.2)
    code, _ = site.services.terminate(name)
    return {
        "service": service,
        "idle_mb": round(idle / 1e6, 1),
        "most_mb": round(most / 1e6, 1),
        "backlog_mb": round(sum(sizes) / 1e6, 1),
        "backlog_events": waiting,
        "seconds": round(time.monotonic() - began, 1),
        "exit_code": code,
    }


def put(site: Site, stream: str, first: int, most: int) -> int:
    """Put events on a topic: ``WARM_EVENTS`` of them if it begins at 0, else so many bytes; gives the bytes."""
    sent = 0
    with EventProducer(site.kafka) as producer:
        for key, value, headers in islice(events(stream, first), WARM_EVENTS if first == 0 else None):
            producer.send(stream, key, value, headers)
            sent += len(value or b"")
            if first and sent >= most:
                break
    return sent


def events(stream: str, first: int) -> Iterator[Message]:
    """Give events of a crowd without end, from the ``first`` stamp on: each is later than the one before."""
    crowd = _crowd()
    for stamp in islice(stamps(10_000_000), first, None):
        tracks = replace(crowd, poses=replace(crowd.poses, stamp=stamp))
        value = write_tracks(tracks) if stream == "tracks" else write_poses(tracks.poses)
        yield stamp.camera_id.encode(), value, event_headers()


def behind(site: Site, service: str) -> int:
    """Give how many events of its topics a service has not committed."""
    return int(wait_until(lambda: _asked(site, service), "the group's coordinator", 60.0)[0])


def _asked(site: Site, service: str) -> tuple[int] | None:
    """Ask once; None while the broker is only looking for who answers."""
    kafka, total = site.kafka, 0
    group = f"{kafka.topic_prefix}.{service}"
    silent = Consumer({"bootstrap.servers": kafka.bootstrap_servers, "group.id": group, "enable.auto.commit": False})
    try:
        for stream in READS[service]:
            ends = site.ends(stream)
            asked = [TopicPartition(kafka.topic(stream), number) for number in range(len(ends))]
            for place, end in zip(silent.committed(asked, 10), ends, strict=True):
                total += end - max(place.offset, 0)
    except KafkaException:
        return None
    finally:
        silent.close()
    return (total,)


def _crowd() -> Tracks:
    """Give many persons who are tracked for long."""
    *_, few = islice(all_tracks(100), 100)
    copies = -(-PERSONS // len(few.poses.scores))

    def many(array: Any) -> Any:  # noqa: ANN401  # an array of any kind
        return np.concatenate([array] * copies)

    poses = few.poses
    crowd = replace(
        poses,
        keypoints=many(poses.keypoints),
        keypoint_scores=many(poses.keypoint_scores),
        boxes=many(poses.boxes),
        scores=many(poses.scores),
        appearance=None if poses.appearance is None else many(poses.appearance),
    )
    arrays = {name: many(value) for name, value in vars(few).items() if isinstance(value, np.ndarray)}
    arrays["track_ids"] = np.arange(1, len(crowd.scores) + 1, dtype=few.track_ids.dtype)
    return replace(few, poses=crowd, **arrays)
