"""The fates of frames on a real broker, and without one: each is reported once."""

import dataclasses
from collections.abc import Callable

import pytest
from confluent_kafka import KafkaError
from pydantic import SecretStr

from ingest.account import DropReason, FrameAccount
from ingest.beats import beat
from ingest.frames_producer import MOST_WAITING, FramesProducer
from posestream.config import KafkaConfig
from posestream.messaging.frame_message import MOST_BYTES, FrameMessage
from posestream.schemas import FrameStamp, TimeSource

NOBODY = KafkaConfig(bootstrap_servers="127.0.0.1:1")


def frame(index: int, payload: bytes = b"picture", camera: str = "cam") -> FrameMessage:
    stamp = FrameStamp(camera, 1_750_000_000_000, index, index / 5, 10**18 + index, TimeSource.ARRIVAL, 160, 120)
    return FrameMessage(stamp, "jpeg", keyframe=True, payload=payload)


def fates(account: FrameAccount) -> dict[str, int]:
    """Delivered and dropped, without what did not happen."""
    counts = account.fates()
    dropped = {reason.value: count for reason, count in counts.dropped.items() if count}
    return {"delivered": counts.delivered} | dropped


def test_frames_arrive_as_they_were_given_and_are_reported(
    kafka: KafkaConfig, frames_on: Callable[[KafkaConfig], list[FrameMessage]]
) -> None:
    assert frames_on(kafka) == []  # the topic was just made: from now on its partitions have leaders
    account, reports = FrameAccount(), list[tuple[FrameMessage, KafkaError | None]]()
    given = [frame(index, payload) for index, payload in enumerate([b"a", b"\xff\xd8" * 5000, bytes(MOST_BYTES)])]
    with FramesProducer(kafka, lambda *report: reports.append(report)) as frames:
        for one in given:
            frames.send(one, account)
        frames.send(beat(frame(3).stamp), None)
    assert frames_on(kafka) == [*given, beat(frame(3).stamp)]
    assert fates(account) == {"delivered": 3}  # the beat is no frame
    assert [(one.stamp.frame_index, error) for one, error in reports] == [(0, None), (1, None), (2, None), (3, None)]


def test_nothing_sent_is_nothing_counted() -> None:
    with FramesProducer(NOBODY, lambda *_: None):
        pass


def test_a_frame_that_no_message_can_hold_is_dropped(
    kafka: KafkaConfig, frames_on: Callable[[KafkaConfig], list[FrameMessage]]
) -> None:
    account = FrameAccount()
    with FramesProducer(kafka, lambda *_: None) as frames:
        frames.send(frame(0, bytes(MOST_BYTES + 1)), account)
    assert fates(account) == {"delivered": 0, "too_large": 1}
    assert frames_on(kafka) == []


@pytest.mark.parametrize(
    ("kafka", "payload", "given", "taken"),
    [
        (NOBODY, b"x", 3, 3),
        (NOBODY, b"x", MOST_WAITING + 100, MOST_WAITING),
        (NOBODY, bytes(MOST_BYTES), 20, 12),  # 48 MB
        (NOBODY.model_copy(update={"properties": {"queue.buffering.max.messages": SecretStr("10")}}), b"x", 15, 10),
    ],
)
def test_without_a_broker_few_wait_and_all_are_dropped_and_counted(
    kafka: KafkaConfig, payload: bytes, given: int, taken: int
) -> None:
    account, errors = FrameAccount(), list[KafkaError | None]()
    with FramesProducer(kafka, lambda _frame, error: errors.append(error)) as frames:
        for index in range(given):
            frames.send(frame(index, payload), account)
        counts = account.fates()
        assert counts.dropped[DropReason.QUEUE_FULL] == given - taken
    assert fates(account) == {"delivered": 0, "not_delivered": taken} | (
        {"queue_full": given - taken} if given > taken else {}
    )
    assert len(errors) == taken
    assert all(error is not None for error in errors)


def test_a_topic_that_is_not_there_is_no_crash(broker: str) -> None:
    account = FrameAccount()
    with FramesProducer(KafkaConfig(bootstrap_servers=broker, topic_prefix="nowhere"), lambda *_: None) as frames:
        frames.send(frame(0), account)
    assert fates(account) == {"delivered": 0, "not_delivered": 1}


def test_room_is_given_back_when_frames_have_met_their_fate(
    kafka: KafkaConfig, frames_on: Callable[[KafkaConfig], list[FrameMessage]]
) -> None:
    assert frames_on(kafka) == []
    account = FrameAccount()
    with FramesProducer(kafka, lambda *_: None) as frames:
        frames.send(frame(0, bytes(1000)), account)
        frames.send(frame(1, bytes(MOST_BYTES + 1)), account)
    assert (frames._waiting, frames._bytes) == (0, 0)
    assert dataclasses.asdict(account.fates())["delivered"] == 1
