import pytest

from posestream.config import KafkaConfig
from posestream.messaging.topic_plan import TopicState
from posestream.messaging.topic_sizes import size_complaints
from posestream.messaging.topics import topic_specs

LARGEST = max(spec.most_bytes for spec in topic_specs(KafkaConfig()))
CHANGELOG = "changelog__posestream.track--posestream.poses--default"


def config(**properties: object) -> KafkaConfig:
    dotted = {name.replace("_", "."): value for name, value in properties.items()}
    return KafkaConfig.model_validate({"bootstrap_servers": "kafka:9092", "properties": dotted})


def topic(name: str, most_bytes: int) -> dict[str, TopicState]:
    return {name: TopicState(name, 6, 1, {"max.message.bytes": str(most_bytes)})}


def test_nothing_there_is_nothing_to_complain_of() -> None:
    assert size_complaints(config(), {}) == []


def test_topics_as_we_make_them_are_large_enough() -> None:
    there = {spec.name: TopicState(spec.name, 6, 1, spec.settings) for spec in topic_specs(config())}
    assert size_complaints(config(), there, 1_048_588) == []


@pytest.mark.parametrize(
    ("properties", "complaint"),
    [
        ({"message_max_bytes": LARGEST}, None),
        ({"message_max_bytes": 1_000_000}, f"write 'message.max.bytes: {LARGEST}'"),
        ({"receive_message_max_bytes": 100_000_000}, None),
        ({"receive_message_max_bytes": LARGEST}, f"write 'receive.message.max.bytes: {LARGEST + 512}'"),
        ({"batch_size": 1_000_000}, None),
        ({"batch_size": 2_000_000}, "write 'batch.size: 1000000'"),
        ({"fetch_max_bytes": 1000, "fetch_message_max_bytes": 1000}, None),
        ({"message_max_bytes": "many"}, None),  # librdkafka says so itself
    ],
)
def test_properties_that_are_too_small(properties: dict[str, object], complaint: str | None) -> None:
    found = size_complaints(config(**properties), {})
    assert len(found) == (0 if complaint is None else 1)
    if complaint is not None:
        assert found[0].startswith("kafka.properties: ")
        assert found[0].endswith(complaint)


def test_an_answer_may_be_as_large_as_the_topic_allows() -> None:
    there = topic("posestream.frames", 50_000_000)
    found = size_complaints(config(receive_message_max_bytes=20_000_000), there)
    assert [text.split("'")[1] for text in found] == ["receive.message.max.bytes: 50000512"]


def test_a_topic_that_is_too_small_is_told_with_the_command() -> None:
    [line] = size_complaints(config(), topic("posestream.poses", 100_000))
    assert line == (
        "topic posestream.poses takes messages of at most 100000 bytes, ours may have 1048576: run 'posestream topics "
        "apply', or 'kafka-configs.sh --bootstrap-server kafka:9092 --alter --entity-type topics --entity-name "
        "posestream.poses --add-config max.message.bytes=1048576'"
    )


def test_state_must_fit_too() -> None:
    assert size_complaints(config(), topic(CHANGELOG, 1_048_588)) == []
    [line] = size_complaints(config(), topic(CHANGELOG, 500_000))
    assert line == (
        f"topic {CHANGELOG} takes messages of at most 500000 bytes, a worker's state may have 1000000: run "
        f"'kafka-configs.sh --bootstrap-server kafka:9092 --alter --entity-type topics --entity-name {CHANGELOG} "
        "--add-config max.message.bytes=1000000'"
    )
    assert "--entity-default --add-config message.max.bytes=1000000" in size_complaints(config(), {}, 500_000)[0]


def test_what_may_not_be_read_is_passed_over() -> None:
    there = {name: TopicState(name, 6, 1, None) for name in ("posestream.poses", CHANGELOG)}
    assert size_complaints(config(), there) == []
