import pytest

from posestream.config import KafkaConfig
from posestream.messaging.clients import events_producer, frames_producer
from posestream.messaging.events import MOST_EVENT_BYTES
from posestream.messaging.frame_message import MOST_BYTES
from posestream.messaging.topics import DEAD_LETTERS, FRAMES, TopicSpec, topic_specs


def specs(**changed: object) -> dict[str, TopicSpec]:
    return {spec.stream: spec for spec in topic_specs(KafkaConfig.model_validate(changed))}


def test_there_are_seven_in_the_order_of_the_flow() -> None:
    assert list(specs()) == ["frames", "poses", "tracks", "alerts", "health", "control", "dead-letters"]


def test_names_begin_with_the_prefix_and_all_have_the_same_partitions() -> None:
    made = specs(topic_prefix="hall", partitions=4)
    assert made[DEAD_LETTERS].name == "hall.dead-letters"
    assert {spec.partitions for spec in made.values()} == {4}


@pytest.mark.parametrize(("replication", "in_sync"), [(1, "1"), (2, "1"), (3, "2"), (5, "2")])
def test_frames_are_kept_once_and_events_survive_a_broker(replication: int, in_sync: str) -> None:
    made = specs(replication=replication)
    assert made[FRAMES].replication == 1
    others = [spec for spec in made.values() if spec.stream != FRAMES]
    assert {spec.replication for spec in others} == {replication}
    assert {spec.settings["min.insync.replicas"] for spec in others} == {in_sync}
    assert made[FRAMES].settings["min.insync.replicas"] == "1"


def test_what_is_deleted_when_and_what_is_compacted() -> None:
    kept = {name: spec.settings.get("retention.ms") for name, spec in specs().items()}
    hour, day = 3_600_000, 86_400_000
    assert kept == {
        "frames": "60000",
        "poses": str(24 * hour),
        "tracks": str(24 * hour),
        "alerts": str(30 * day),
        "health": None,
        "control": None,
        "dead-letters": str(7 * day),
    }
    compacted = {name for name, spec in specs().items() if spec.settings["cleanup.policy"] == "compact"}
    assert compacted == {"health", "control"}


def test_the_largest_messages_fit() -> None:
    made = specs()
    assert MOST_BYTES < made[FRAMES].most_bytes == frames_producer(KafkaConfig())["message.max.bytes"]
    assert all(spec.most_bytes > MOST_EVENT_BYTES for spec in made.values())
    assert made[DEAD_LETTERS].most_bytes >= events_producer(KafkaConfig())["message.max.bytes"]
