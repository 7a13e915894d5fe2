"""Topics made and changed on a real broker."""

import time
import uuid
from typing import Any

import pytest
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType

from posestream.config import KafkaConfig
from posestream.errors import DependencyError
from posestream.messaging.broker_admin import admin_client
from posestream.messaging.topic_admin import apply_topics, create_topics
from posestream.messaging.topic_plan import Allowed, Plan, plan_topics
from posestream.messaging.topic_states import topics_there
from posestream.messaging.topics import topic_specs


@pytest.fixture
def fresh(broker: str) -> KafkaConfig:
    """A broker without topics of this prefix."""
    return KafkaConfig(bootstrap_servers=broker, topic_prefix=f"t{uuid.uuid4().hex[:12]}", partitions=2)


def set_setting(kafka: KafkaConfig, topic: str, name: str, value: str) -> None:
    """Set it and wait until the broker shows it, which is a moment after it has taken it."""
    admin = admin_client(kafka)
    entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    admin.incremental_alter_configs([resource])[resource].result(10.0)
    ends_at = time.monotonic() + 30.0
    while (topics_there(kafka, admin)[topic].settings or {})[name] != value:
        assert time.monotonic() < ends_at


def test_topics_are_made_as_wanted_and_a_second_time_nothing_is_done(fresh: KafkaConfig) -> None:
    admin = admin_client(fresh)
    assert create_topics(fresh, admin) == [spec.name for spec in topic_specs(fresh)]
    assert plan_topics(topic_specs(fresh), topics_there(fresh, admin)) == Plan()
    assert apply_topics(fresh, admin)[0] == Plan()


def test_what_is_missing_or_has_changed_is_mended(fresh: KafkaConfig) -> None:
    admin = admin_client(fresh)
    create_topics(fresh, admin)
    poses, frames = fresh.topic("poses"), fresh.topic("frames")
    admin.delete_topics([poses])[poses].result(10.0)
    set_setting(fresh, frames, "segment.ms", "999999")
    done, there = apply_topics(fresh, admin)
    assert ([spec.name for spec in done.create], [step.name for step in done.settings]) == ([poses], [frames])
    assert (there[frames].settings or {})["segment.ms"] == "15000"
    assert apply_topics(fresh, admin)[0] == Plan()


def test_a_longer_retention_stays_unless_it_is_to_shrink(fresh: KafkaConfig) -> None:
    admin = admin_client(fresh)
    create_topics(fresh, admin)
    frames = fresh.topic("frames")
    set_setting(fresh, frames, "retention.ms", "300000")
    done, there = apply_topics(fresh, admin)
    assert (done.settings, len(done.kept)) == ((), 1)
    assert (there[frames].settings or {})["retention.ms"] == "300000"
    _, there = apply_topics(fresh, admin, Allowed(shrink=True))
    assert (there[frames].settings or {})["retention.ms"] == "60000"


def test_more_partitions_take_the_changelogs_along(fresh: KafkaConfig) -> None:
    admin = admin_client(fresh)
    create_topics(fresh, admin)
    changelog = f"changelog__{fresh.topic_prefix}.track--{fresh.topic('poses')}--default"
    admin.create_topics([NewTopic(changelog, 2, 1)])[changelog].result(10.0)
    ends_at = time.monotonic() + 30.0
    while changelog not in topics_there(fresh, admin):
        assert time.monotonic() < ends_at
    larger = fresh.model_copy(update={"partitions": 4})
    done, there = apply_topics(larger, admin)
    assert (done.partitions, len(done.refused)) == ((), 7)
    done, there = apply_topics(larger, admin, Allowed(more_partitions=True))
    assert len(done.partitions) == 8
    assert {state.partitions for state in there.values()} == {4}


def test_a_broker_that_is_away_is_told() -> None:
    kafka = KafkaConfig(bootstrap_servers="127.0.0.1:1")
    with pytest.raises(DependencyError, match=r"^Kafka at 127.0.0.1:1 cannot be reached: "):
        apply_topics(kafka, admin_client(kafka))


def test_a_broker_that_refuses_is_told(fresh: KafkaConfig) -> None:
    kafka = fresh.model_copy(update={"replication": 3})  # there is one broker
    with pytest.raises(DependencyError, match=r"^topic t\w+\.poses: the broker refuses it: .*replicat"):
        apply_topics(kafka, admin_client(kafka))


def test_a_user_without_the_acl_is_told(secured_kafka: Any) -> None:  # noqa: ANN401  # loaded by path
    properties = secured_kafka.login("nobody")
    kafka = KafkaConfig.model_validate({"bootstrap_servers": secured_kafka.sasl, "properties": properties})
    with pytest.raises(DependencyError, match=r"^topic posestream.frames: .*; this user lacks an ACL for it$"):
        apply_topics(kafka, admin_client(kafka))
