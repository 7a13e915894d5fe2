import json

import pytest
from pydantic import SecretStr, ValidationError

from posestream.config import KafkaConfig, parse_config
from posestream.config.kafka import OWN_PROPERTIES
from posestream.errors import ConfigError


def test_defaults() -> None:
    kafka = KafkaConfig()
    assert kafka.librdkafka() == {"bootstrap.servers": "127.0.0.1:9092"}
    assert (kafka.topic("frames"), kafka.partitions, kafka.replication) == ("posestream.frames", 6, 1)
    assert (kafka.transport, kafka.max_frame_age, kafka.delivery) == ("jpeg", 1.0, "at-least-once")


@pytest.mark.parametrize(
    ("written", "servers"),
    [
        ("localhost:9092", "localhost:9092"),
        ("kafka-1.site.example:1, 10.0.0.6:65535", "kafka-1.site.example:1,10.0.0.6:65535"),
        ("[::1]:9092", "[::1]:9092"),
        ("my_broker:9092", "my_broker:9092"),
    ],
)
def test_brokers_are_hosts_and_ports(written: str, servers: str) -> None:
    assert KafkaConfig(bootstrap_servers=written).librdkafka() == {"bootstrap.servers": servers}


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        ",",
        "kafka",
        ":9092",
        "kafka:",
        "kafka:0",
        "kafka:65536",
        "kafka:\u0663\u0663",
        "kafka:-1",
        "kafka:9092,",
        "kafka:9092;other:9092",
        "kafka:9092 other:9092",
        "http://kafka:9092",
        "me:canary@kafka:9092",
        "::1:9092",
        "a\nb:9092",
    ],
)
def test_brokers_that_are_none_are_one_line_without_a_login(written: str) -> None:
    with pytest.raises(ConfigError, match=r"^f\.yaml: kafka\.bootstrap_servers: .*") as caught:
        parse_config(f"kafka: {{bootstrap_servers: {json.dumps(written)}}}", "f.yaml", {})
    assert "\n" not in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("{}", None),
        ("{debug: broker}", "broker"),
        ("{debug: true}", "true"),
        ("{debug: 500}", "500"),
        ("{debug: 0.5}", "0.5"),
        ("{debug: '${WORD}'}", "canary"),
    ],
)
def test_properties_are_texts_however_they_are_written(written: str, text: str | None) -> None:
    config = parse_config(f"kafka: {{properties: {written}}}", "f.yaml", {"WORD": "canary"})
    assert config.kafka.librdkafka().get("debug") == text


def test_durations_are_written_as_everywhere() -> None:
    config = parse_config("kafka: {max_frame_age: 500ms, commit_interval: 2s}", "f.yaml", {})
    assert (config.kafka.max_frame_age, config.kafka.commit_interval) == (0.5, 2.0)


def test_no_property_is_shown() -> None:
    kafka = KafkaConfig(properties={"sasl.password": SecretStr("canary")})
    assert "canary" not in f"{kafka} {kafka!r} {kafka.model_dump()} {kafka.model_dump_json()}"
    assert kafka.librdkafka()["sasl.password"] == "canary"


@pytest.mark.parametrize("name", sorted(OWN_PROPERTIES))
def test_what_guarantees_rest_on_cannot_be_set(name: str) -> None:
    with pytest.raises(ValidationError, match=rf"'{name}' is set by posestream itself; leave it out"):
        KafkaConfig(properties={name: SecretStr("x")})


@pytest.mark.parametrize("name", ["", "Acks", "error_cb", "on_delivery", "a b", "a=b", "a\n", "9"])
def test_what_is_no_name_of_a_property(name: str) -> None:
    with pytest.raises(ValidationError, match="should match pattern"):
        KafkaConfig(properties={name: SecretStr("x")})


@pytest.mark.parametrize(
    "fields",
    [
        {"bootstrap_servers": ""},
        {"topic_prefix": "a/b"},
        {"topic_prefix": ""},
        {"partitions": 0},
        {"replication": 0},
        {"transport": "raw"},
        {"jpeg_quality": 101},
        {"max_frame_age": -1.0},
        {"delivery": "at-most-once"},
        {"commit_interval": 0.0},
        {"properties": ["debug"]},
        {"properties": {"debug": ["a"]}},
    ],
)
def test_what_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        KafkaConfig.model_validate(fields)


@pytest.mark.parametrize(
    "written", ["enable.partition.eof: false", "statistics.interval.ms: 0", "auto.offset.reset: latest"]
)
def test_who_reads_to_the_end_and_says_how_it_is_cannot_be_deafened(written: str) -> None:
    """Without the end of a partition `alert` would wait for ever, without statistics nothing would be not ready."""
    with pytest.raises(ConfigError, match="is set by posestream itself"):
        parse_config(f"kafka: {{properties: {{{written}}}}}", "f.yaml", {})
