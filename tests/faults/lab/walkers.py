"""Made persons on paths that cross, as poses and tracks: the same each time, without pictures and networks."""

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count

import numpy as np
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from lab.installation import wait_until
from posestream.config import KafkaConfig
from posestream.messaging.clients import events_producer, made, reader
from posestream.messaging.events import event_headers, write_poses, write_tracks
from posestream.schemas import FrameStamp, Poses, TimeSource, Tracks
from posestream.skeletons import COCO17
from postprocess.tracking.settings import DEFAULT_SETTINGS
from postprocess.tracking.state import empty_tracker_state
from postprocess.tracking.tracker import track

WIDTH, HEIGHT, FPS = 1280, 720, 5
START_NS = 1_750_000_000_000_000_000


def walk(camera: str, frames: int, *, persons: int = 4, epoch: int = 1, begin: int = 0, seed: int = 0) -> list[Poses]:
    """Give the poses of a camera's frames: persons come, cross, hide and go; now and then nothing is looked at."""
    rng = np.random.default_rng((seed, epoch, *camera.encode()))
    speeds, lanes = rng.uniform(-60, 60, persons), rng.uniform(250, 650, persons)
    starts, looks = rng.uniform(0, WIDTH, persons), rng.integers(0, 255, (persons, 96), np.uint8)
    found = []
    for number in range(frames):
        middles = np.stack([(starts + speeds * number / FPS) % WIDTH, lanes], axis=1)
        rows = np.flatnonzero(rng.random(persons) > 0.1)
        inferred = number % 17 != 16
        found.append(_poses(_stamp(camera, epoch, begin + number), middles[rows], looks[rows], rng, inferred=inferred))
    return found


def tracked(film: Iterable[Poses]) -> list[Tracks]:
    """Give the tracks of a camera's poses."""
    state, found = empty_tracker_state(), []
    for poses in film:
        state, tracks = track(state, poses, DEFAULT_SETTINGS)
        found.append(tracks)
    return found


def interleaved(films: Sequence[Sequence[Poses]]) -> list[Poses]:
    """Give the events of several cameras of equal length, as they come: in turn."""
    return [poses for moment in zip(*films, strict=True) for poses in moment]


def endless(cameras: Sequence[str], *, persons: int = 4, seed: int = 0) -> Iterator[Poses]:
    """Give events of several cameras without end: connects of 40 s with breaks of 20 s."""
    for number in count():
        yield from interleaved([walk(one, 200, persons=persons, epoch=1 + 60 * number, seed=seed) for one in cameras])


def endless_tracks(cameras: Sequence[str], *, persons: int = 4, seed: int = 0) -> Iterator[Tracks]:
    """Give the tracks of such events."""
    states = dict.fromkeys(cameras, empty_tracker_state())
    for poses in endless(cameras, persons=persons, seed=seed):
        camera = poses.stamp.camera_id
        states[camera], tracks = track(states[camera], poses, DEFAULT_SETTINGS)
        yield tracks


def send_poses(kafka: KafkaConfig, film: Iterable[Poses], per_second: float = math.inf) -> None:
    """Put poses on their topic, so many a second, and wait until the broker has them."""
    _send(kafka, "poses", ((poses.stamp.camera_id, write_poses(poses)) for poses in film), 1 / per_second)


def send_tracks(kafka: KafkaConfig, film: Iterable[Tracks], per_second: float = math.inf) -> None:
    """Put tracks on their topic, so many a second, and wait until the broker has them."""
    _send(kafka, "tracks", ((tracks.poses.stamp.camera_id, write_tracks(tracks)) for tracks in film), 1 / per_second)


def messages_of(kafka: KafkaConfig, stream: str) -> int:
    """Give how many messages a topic holds, those of aborted transactions and their marks included."""
    consumer = made(Consumer, reader(kafka, "lab-ends", beginning=True))
    places = [TopicPartition(kafka.topic(stream), number) for number in range(kafka.partitions)]
    found: list[int] = []

    def asked() -> bool:
        # A topic that was made just now has no leader yet for a moment.
        with suppress(KafkaException):
            found[:] = [consumer.get_watermark_offsets(place, 30.0)[1] for place in places]
        return bool(found)

    try:
        wait_until(asked, f"the ends of {stream}")
    finally:
        consumer.close()
    return sum(found)


def _send(kafka: KafkaConfig, stream: str, events: Iterable[tuple[str, bytes]], pause: float) -> None:
    producer = made(Producer, events_producer(kafka))
    for key, value in events:
        producer.produce(kafka.topic(stream), value, key, headers=event_headers())
        producer.poll(0)
        if pause:
            time.sleep(pause)
    assert producer.flush(30.0) == 0


def _stamp(camera: str, epoch: int, number: int) -> FrameStamp:
    captured = START_NS + epoch * 1_000_000_000 + number * 1_000_000_000 // FPS
    return FrameStamp(camera, epoch, number, number / FPS, captured, TimeSource.RTCP, WIDTH, HEIGHT)


def _poses(
    stamp: FrameStamp,
    middles: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    looks: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    rng: np.random.Generator,
    *,
    inferred: bool,
) -> Poses:
    if not inferred:
        return Poses.empty(stamp, COCO17, "made", inferred=False)
    seen = len(middles)
    places = (middles[:, None] + rng.normal(0, (15, 60), (seen, 17, 2))).astype(np.float32)
    half = np.array((30.0, 90.0))
    boxes = np.concatenate([middles - half, middles + half], axis=1).astype(np.float32)
    poses = Poses.empty(stamp, COCO17, "made")
    return replace(
        poses,
        keypoints=places,
        keypoint_scores=rng.uniform(0.1, 1, (seen, 17)).astype(np.float32),
        boxes=boxes,
        scores=rng.uniform(0.5, 1, seen).astype(np.float32),
        appearance=looks,
    )
