"""The polling thread on a real broker, with nothing behind it but a list."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from confluent_kafka import Producer
from fakes import NotedProducer
from infer_site import wait_until

from inference.worker.claim import Claim
from inference.worker.fates import Fates
from inference.worker.frames_consumer import FAR_BEHIND, FramesConsumer
from inference.worker.intake import Intake
from inference.worker.job import Job
from inference.worker.shared import Shared
from posestream.clock import SystemClock
from posestream.config import KafkaConfig
from posestream.errors import ConfigError
from posestream.messaging.frame_message import JPEG, frame_headers
from posestream.messaging.topics import FRAMES
from posestream.schemas import FrameStamp, TimeSource
from posestream.telemetry.metrics import Metrics
from posestream.telemetry.readiness import BROKER, Readiness


@dataclass
class Desk:
    """A running consumer, what it put, and whether it is told that all is full."""

    kafka: KafkaConfig
    shared: Shared
    put: list[Job] = field(default_factory=list)
    full: threading.Event = field(default_factory=threading.Event)
    stop: threading.Event = field(default_factory=threading.Event)
    turns: list[float] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)

    def consumer(self) -> FramesConsumer:
        intake = Intake(Fates(NotedProducer(), self.shared), self.shared, self.put.append)
        readiness = Readiness((BROKER,), self.shared.clock)
        return FramesConsumer(self.shared, intake, self._withdraw, self.full.is_set, self._turned, readiness)

    def _withdraw(self, claims: Sequence[Claim]) -> None:
        self.claims += claims

    def _turned(self) -> None:
        self.turns.append(time.monotonic())

    def send(self, count: int, age: float = 0.0, first: int = 0) -> None:
        """Put frames on partition 0, as if they were taken and sent ``age`` seconds ago."""
        producer = Producer(self.kafka.librdkafka())
        at_ns = time.time_ns() - round(age * 1e9)
        for index in range(first, first + count):
            stamp = FrameStamp("lobby", 7, index, index / 5, at_ns, TimeSource.ARRIVAL, 64, 48)
            headers = frame_headers(stamp, JPEG, keyframe=True)
            topic = self.kafka.topic(FRAMES)
            producer.produce(topic, b"x" * 2000, b"lobby", 0, headers=headers, timestamp=at_ns // 1_000_000)
        assert producer.flush(30) == 0

    def received(self) -> dict[str, int]:
        return self.shared.accounts.summary()


@pytest.fixture
def running(kafka: KafkaConfig) -> Iterator[Callable[[float], Desk]]:
    """``running(max_frame_age)``: a desk whose consumer runs in a thread until the test ends."""
    started: list[tuple[Desk, threading.Thread, FramesConsumer]] = []

    def start(max_frame_age: float) -> Desk:
        settings = kafka.model_copy(update={"max_frame_age": max_frame_age})
        desk = Desk(settings, Shared.of(settings, SystemClock(), Metrics("infer", "infer/test")))
        consumer = desk.consumer()
        thread = threading.Thread(target=consumer.run, args=(desk.stop,))
        thread.start()
        started.append((desk, thread, consumer))
        wait_until(lambda: len(consumer._claims.partitions) == 3, "the partitions")
        return desk

    yield start
    for desk, thread, consumer in started:
        desk.stop.set()
        thread.join(30.0)
        consumer.close()
        assert len(desk.claims) == 3  # all were handed over


def test_an_unknown_property_is_a_mistake_in_the_config() -> None:
    kafka = KafkaConfig.model_validate({"properties": {"no.such.thing": 1}})
    desk = Desk(kafka, Shared.of(kafka, SystemClock(), Metrics("infer", "infer/test")))
    with pytest.raises(ConfigError, match=r"no\.such\.thing"):
        desk.consumer()


def test_frames_come_in_order_and_the_loop_turns(running: Callable[[float], Desk]) -> None:
    desk = running(1.0)
    turned = len(desk.turns)
    wait_until(lambda: len(desk.turns) > turned + 2, "turns without frames")
    desk.send(30)
    wait_until(lambda: len(desk.put) == 30, "frames")
    assert [job.offset for job in desk.put] == list(range(30))
    assert desk.received()["received"] == 30


def test_with_full_queues_it_rests_but_turns_and_then_goes_on(running: Callable[[float], Desk]) -> None:
    desk = running(0.0)
    desk.full.set()
    turned = len(desk.turns)
    wait_until(lambda: len(desk.turns) > turned + 2, "it has seen that all is full")
    desk.send(40)
    turned = len(desk.turns)
    wait_until(lambda: len(desk.turns) > turned + 5, "turns")
    assert desk.put == []
    desk.full.clear()
    wait_until(lambda: len(desk.put) == 40, "frames")
    assert [job.offset for job in desk.put] == list(range(40))


def test_a_backlog_while_running_is_left_by_a_jump_with_the_count_right(running: Callable[[float], Desk]) -> None:
    desk = running(1.0)
    desk.full.set()
    turned = len(desk.turns)
    wait_until(lambda: len(desk.turns) > turned + 2, "it rests")
    sent = FAR_BEHIND * 20
    desk.send(sent, age=100.0)
    desk.full.clear()
    ends_at = time.monotonic() + 30
    while not any(job.is_picture for job in desk.put):
        assert time.monotonic() < ends_at
        desk.send(1, first=sent)
        sent += 1
        time.sleep(0.1)
    wait_until(lambda: desk.received()["skipped"] + desk.received()["received"] == sent, "all are accounted for")
    account = desk.received()
    assert account["skipped"] > sent / 2
    assert account.get("dropped_old", 0) == account["received"] - sum(job.is_picture for job in desk.put)
