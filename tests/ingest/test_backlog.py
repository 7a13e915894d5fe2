"""How far the workers' group is behind, asked of a real broker."""

from collections.abc import Callable

import pytest
from confluent_kafka import Consumer, TopicPartition

from ingest.account import FrameAccount
from ingest.backlog import GROUP, InferBacklog
from ingest.frames_producer import FramesProducer
from posestream.config import KafkaConfig
from posestream.messaging.clients import frames_consumer, made
from posestream.messaging.frame_message import FrameMessage
from posestream.schemas import FrameStamp, TimeSource

FramesOn = Callable[[KafkaConfig], list[FrameMessage]]


def send(kafka: KafkaConfig, count: int) -> None:
    """Put frames of one camera on the topic."""
    with FramesProducer(kafka, lambda *_: None) as frames:
        for index in range(count):
            stamp = FrameStamp("cam", 1, index, 0.0, index, TimeSource.ARRIVAL, 16, 16)
            frames.send(FrameMessage(stamp, "jpeg", keyframe=True, payload=b"x"), FrameAccount())


def test_nobody_reads_and_nobody_answers(kafka: KafkaConfig) -> None:
    away = kafka.model_copy(update={"bootstrap_servers": "127.0.0.1:1"})
    for config in (kafka, away):
        with InferBacklog(config) as backlog:
            assert backlog.frames() is None


@pytest.mark.parametrize(("done", "behind"), [(0, 7), (5, 2), (7, 0)])
def test_what_the_workers_are_not_done_with(kafka: KafkaConfig, frames_on: FramesOn, done: int, behind: int) -> None:
    assert frames_on(kafka) == []  # the topic was just made: from now on its partitions have leaders
    send(kafka, 7)
    worker = made(Consumer, frames_consumer(kafka, GROUP))
    places = [TopicPartition(kafka.topic("frames"), partition) for partition in range(kafka.partitions)]
    for place in places:
        place.offset = done if worker.get_watermark_offsets(place, timeout=10.0)[1] else 0
    worker.commit(offsets=places, asynchronous=False)
    with InferBacklog(kafka) as backlog:
        assert backlog.frames() == behind
    worker.close()


def test_workers_that_have_just_come_have_what_is_sent_from_now_on_before_them(
    kafka: KafkaConfig, frames_on: FramesOn
) -> None:
    assert frames_on(kafka) == []
    send(kafka, 7)  # nobody will ever read these: workers begin at the end
    worker = made(Consumer, frames_consumer(kafka, GROUP))
    with InferBacklog(kafka) as backlog:
        assert backlog.frames() is None
        ends = [
            TopicPartition(kafka.topic("frames"), number, worker.get_watermark_offsets(place, timeout=10.0)[1])
            for number in range(kafka.partitions)
            for place in [TopicPartition(kafka.topic("frames"), number)]
        ]
        empty = next(place for place in ends if place.offset == 0)
        worker.commit(offsets=[empty], asynchronous=False)
        assert backlog.frames() == 0
        send(kafka, 3)
        assert backlog.frames() == 3
    worker.close()
