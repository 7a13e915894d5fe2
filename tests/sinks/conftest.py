"""What the tests of the sinks share: frames, tracks and alerts made on the spot."""

import importlib.util
import os
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from posestream.clock import SettableClock
from posestream.config import Config, KafkaConfig
from posestream.lifecycle import StopSignals
from posestream.messaging.clients import reader
from posestream.messaging.dead_letter_count import DeadLetterCount
from posestream.messaging.event_producer import EventProducer
from posestream.schemas import (
    Alert,
    AlertState,
    Frame,
    FrameStamp,
    Image,
    Poses,
    Severity,
    TimeSource,
    Tracks,
)
from posestream.schemas.alert import alert_id
from posestream.service import Service
from posestream.skeletons import COCO17, Skeleton
from posestream.telemetry.metrics import Metrics
from posestream.telemetry.readiness import Readiness
from postprocess.skeleton_conversion import convert
from sinks.store import SqliteStore

# A standing person, facing us, in units of its own height around its middle axis (x right, y down from the top).
STANDING = np.array(
    [
        (0, 0.07), (0.02, 0.05), (-0.02, 0.05), (0.05, 0.06), (-0.05, 0.06), (0.11, 0.2), (-0.11, 0.2), (0.15, 0.34),
        (-0.15, 0.34), (0.16, 0.48), (-0.16, 0.48), (0.08, 0.5), (-0.08, 0.5), (0.09, 0.73), (-0.09, 0.73),
        (0.09, 0.96), (-0.09, 0.96),
    ],
    np.float32,
)  # fmt: skip
WIDTH, HEIGHT = 320, 240
START_NS = 1_750_000_000_000_000_000

MakeTracks = Callable[..., Tracks]


def stamp_of(camera_id: str, frame_index: int) -> FrameStamp:
    pts = frame_index / 5
    captured = START_NS + round(pts * 1e9)
    return FrameStamp(camera_id, 0, frame_index, pts, captured, TimeSource.FILE, WIDTH, HEIGHT)


@pytest.fixture
def make_tracks() -> MakeTracks:
    """Give ``make(tops, ids=…)``: one person of 160 px a (middle x, top y), all joints scored ``score``.

    Joints of another ``skeleton`` that COCO does not say stand in the middle of the person.
    """

    def make(
        tops: Sequence[tuple[float, float]] = (),
        *,
        ids: Sequence[int] | None = None,
        states: Sequence[int] | None = None,
        score: float = 0.9,
        camera_id: str = "lobby",
        frame_index: int = 0,
        skeleton: Skeleton = COCO17,
    ) -> Tracks:
        count, joints = len(tops), len(skeleton.keypoints)
        keypoints = np.zeros((count, 17, 2), np.float32)
        for row, top in enumerate(tops):
            keypoints[row] = STANDING * 160 + np.array(top, np.float32)
        boxes = np.concatenate([keypoints.min(axis=1), keypoints.max(axis=1)], axis=1).astype(np.float32)
        keypoints, _ = convert(keypoints, np.full((count, 17), score, np.float32), COCO17, skeleton)
        scores = np.full((count, joints), score, np.float32)
        poses = Poses(
            stamp=stamp_of(camera_id, frame_index),
            skeleton=skeleton,
            model="test",
            keypoints=keypoints,
            keypoint_scores=scores,
            boxes=boxes,
            scores=np.full(count, score, np.float32),
        )
        return Tracks(
            poses=poses,
            track_ids=np.array(ids if ids is not None else range(1, count + 1), np.int64),
            pose_indices=np.arange(count, dtype=np.int64),
            keypoints=keypoints,
            keypoint_scores=scores,
            boxes=boxes,
            velocities=np.zeros((count, 2), np.float32),
            ages_seconds=np.ones(count, np.float32),
            states=np.array(states if states is not None else [1] * count, np.uint8),
        )

    return make


@pytest.fixture
def make_frame() -> Callable[..., Frame]:
    """Give ``make(tracks)``: the grey picture of these tracks' frame."""

    def make(tracks: Tracks) -> Frame:
        return Frame(tracks.poses.stamp, Image(np.full((HEIGHT, WIDTH, 3), 90, np.uint8), "rgb24"))

    return make


@pytest.fixture
def make_alert() -> Callable[..., Alert]:
    """Give ``make(state=…, frame=…)``: the alert "intrusion" that first fired at ``frame``."""

    def make(
        *, frame: int = 10, state: AlertState = AlertState.FIRING, camera_id: str = "lobby", zone: str | None = "door"
    ) -> Alert:
        started = START_NS + frame * 200_000_000
        return Alert(
            id=alert_id(rule="in", camera_id=camera_id, epoch=0, place=zone, track_id=1, first_firing_frame=frame),
            rule="intrusion",
            kind="zone",
            camera_id=camera_id,
            epoch=0,
            zone=zone,
            line=None,
            track_id=1,
            severity=Severity.CRITICAL,
            state=state,
            started_at_ns=started,
            ended_at_ns=started + 10**9 if state is AlertState.RESOLVED else None,
            frame_index=frame,
            pts_seconds=frame / 5,
            value=2.0,
        )

    return make


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Give an empty store."""
    with SqliteStore(tmp_path / "store.db") as opened:
        yield opened


@pytest.fixture
def service_process(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Give ``make(name, config)``: a tests/servers/service_process.py ServiceProcess, killed when the test is over."""
    place = Path(__file__).parents[1] / "servers" / "service_process.py"
    spec = importlib.util.spec_from_file_location("servers_service_process", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    environment = dict(os.environ) | {"PYTHONPYCACHEPREFIX": str(tmp_path_factory.getbasetemp() / "compiled")}
    with ExitStack() as stack:

        def make(name: str, config: str) -> Any:  # noqa: ANN401  # loaded by path: no static type
            process = module.ServiceProcess(name, tmp_path / name, config, environment)
            stack.callback(process.kill)
            return process

        yield make


@pytest.fixture
def producer(kafka: KafkaConfig) -> Iterator[EventProducer]:
    """Give the product's own producer of events."""
    with EventProducer(kafka) as opened:
        yield opened


@pytest.fixture
def recorded(kafka: KafkaConfig) -> Callable[[str], list[Message]]:
    """Give ``recorded(stream)``: all messages that a topic holds now, in the order of their offsets."""

    def read(stream: str) -> list[Message]:
        consumer = Consumer(reader(kafka, f"test-{uuid.uuid4()}", beginning=True))
        name = kafka.topic(stream)
        partitions = list(consumer.list_topics(name, timeout=10).topics[name].partitions)
        consumer.assign([TopicPartition(name, number, 0) for number in partitions])
        messages, ended = [], set()
        while len(ended) < len(partitions):
            message = consumer.poll(30.0)
            assert message is not None, "the topic cannot be read"
            if message.error() is None:
                messages.append(message)
            else:
                assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                ended.add(message.partition())
        consumer.close()
        return sorted(messages, key=lambda each: (each.partition(), each.offset()))

    return read


def wait_until(holds: Callable[[], bool], seconds: float, what: Callable[[], str] = str) -> None:
    """Wait until something holds; ``what`` says what is there when it does not."""
    ends_at = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends_at, what()
        time.sleep(0.1)


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Give ``eventually(holds, seconds, what)``: asks until it holds, fails after ``seconds``."""
    return wait_until


@pytest.fixture
def lone_service(tmp_path: Path) -> Callable[..., Service]:
    """Give ``make(name, *parts)``: a service that no broker hears, for parts that are given one."""

    def make(name: str, *parts: str) -> Service:
        config = Config(kafka=KafkaConfig(bootstrap_servers="127.0.0.1:9"))
        clock, signals = SettableClock(), StopSignals()
        worker = f"{name}/test"
        metrics, readiness = Metrics(name, worker), Readiness(parts, clock)
        producer = EventProducer(config.kafka)
        letters = DeadLetterCount(name, config.kafka, metrics, clock)
        return Service(
            name, worker, config, tmp_path, clock, metrics, readiness, producer, signals.stop, signals, letters
        )

    return make
