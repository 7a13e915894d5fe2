import re
from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer
from pydantic import SecretStr

from posestream.config import KafkaConfig
from posestream.errors import ConfigError
from posestream.messaging.clients import (
    QUEUE_KBYTES,
    events_producer,
    frames_consumer,
    frames_producer,
    made,
    reader,
    stream_consumer,
    stream_producer,
    unreachable,
)
from posestream.messaging.frame_message import MOST_BYTES

KAFKA = KafkaConfig(bootstrap_servers="127.0.0.1:1", topic_prefix="site")
Settings = dict[str, Any]


def test_every_client_keeps_its_hands_off_topics() -> None:
    each = [frames_producer(KAFKA), events_producer(KAFKA), frames_consumer(KAFKA, "infer")]
    each.append(reader(KAFKA, "tail", beginning=True))
    assert {settings["allow.auto.create.topics"] for settings in [*each, stream_consumer()]} == {False}
    assert {settings["bootstrap.servers"] for settings in each} == {"127.0.0.1:1"}


def test_events_arrive_and_frames_may_be_dropped() -> None:
    events, frames = events_producer(KAFKA), frames_producer(KAFKA)
    assert (events["enable.idempotence"], events["acks"], events["message.timeout.ms"]) == (True, "all", 0)
    assert (frames["enable.idempotence"], frames["acks"], frames["message.timeout.ms"]) == (False, 1, 1500)
    assert frames["compression.type"] == "none"


def test_all_producers_send_a_camera_to_the_same_partition() -> None:
    assert {each["partitioner"] for each in (events_producer(KAFKA), frames_producer(KAFKA), stream_producer())} == {
        "murmur2_random"
    }


def test_memory_is_bounded() -> None:
    for producing in (events_producer(KAFKA), frames_producer(KAFKA), stream_producer()):
        assert producing["queue.buffering.max.kbytes"] == QUEUE_KBYTES == 65_536
        assert producing["message.max.bytes"] > MOST_BYTES
    for consuming in (frames_consumer(KAFKA, "infer"), reader(KAFKA, "tail", beginning=False), stream_consumer()):
        assert consuming["queued.max.messages.kbytes"] == 8192
        assert consuming["fetch.queue.backoff.ms"] == 5


def test_the_group_of_infer() -> None:
    settings = frames_consumer(KAFKA, "infer")
    assert (settings["group.id"], settings["partition.assignment.strategy"]) == ("site.infer", "cooperative-sticky")
    assert (settings["enable.auto.commit"], settings["enable.auto.offset.store"]) == (True, False)
    assert settings["auto.offset.reset"] == "latest"
    every_frame = KAFKA.model_copy(update={"max_frame_age": 0.0})
    assert frames_consumer(every_frame, "infer")["auto.offset.reset"] == "earliest"


@pytest.mark.parametrize(("beginning", "reset"), [(True, "earliest"), (False, "latest")])
def test_a_reader_leaves_no_trace(beginning: bool, reset: str) -> None:
    settings = reader(KAFKA, "tail", beginning=beginning)
    assert (settings["enable.auto.commit"], settings["auto.offset.reset"]) == (False, reset)


def test_the_config_has_the_last_word_on_what_is_no_guarantee() -> None:
    kafka = KafkaConfig(properties={"linger.ms": SecretStr("50"), "fetch.max.bytes": SecretStr("9000000")})
    assert events_producer(kafka)["linger.ms"] == "50"
    assert frames_consumer(kafka, "infer")["fetch.max.bytes"] == "9000000"


@pytest.mark.parametrize(
    ("client", "settings"),
    [
        (Producer, frames_producer(KAFKA)),
        (Producer, events_producer(KAFKA)),
        (Producer, stream_producer()),
        (Consumer, frames_consumer(KAFKA, "infer")),
        (Consumer, reader(KAFKA, "tail", beginning=True)),
        (Consumer, stream_consumer() | {"group.id": "x"}),
    ],
)
def test_the_client_library_takes_every_setting(client: Callable[[Settings], Any], settings: Settings) -> None:
    closed = made(client, settings)
    if isinstance(closed, Consumer):
        closed.close()


WRONG = [
    ("no.such.property", "x", 'kafka.properties: No such configuration property: "no.such.property"'),
    ("security.protocol", "canary-secret", 'kafka.properties: Invalid value "(value of security.protocol)" for'),
    ("socket.timeout.ms", "canary-secret", 'kafka.properties: Invalid value for configuration property "socket.'),
    ("ssl.ca.location", "/canary-secret", "kafka.properties: "),
    ("opaque", "canary-secret", "kafka.properties: "),
]


@pytest.mark.parametrize(("name", "value", "told"), WRONG, ids=[name for name, _, _ in WRONG])
def test_a_wrong_property_is_one_line_without_its_value(name: str, value: str, told: str) -> None:
    properties = {name: SecretStr(value)}
    if name == "ssl.ca.location":
        properties["security.protocol"] = SecretStr("ssl")
    kafka = KafkaConfig(properties=properties)
    with pytest.raises(ConfigError, match=f"^{re.escape(told)}") as refused:
        made(Producer, events_producer(kafka))
    assert "canary" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_broker_that_does_not_answer() -> None:
    error = unreachable(KAFKA, "Local: Timed out; rtsp://u:canary@h")
    assert error.exit_code == 4
    assert str(error) == (
        "Kafka at 127.0.0.1:1 cannot be reached: Local: Timed out; rtsp://***@h; "
        "is it running, is kafka.bootstrap_servers right?"
    )
