"""What a real broker says of its topics."""

import time
from collections.abc import Container
from typing import Any

import pytest
from confluent_kafka.admin import NewTopic

from posestream.config import KafkaConfig
from posestream.errors import DependencyError
from posestream.messaging.broker_admin import BrokerAdmin, admin_client
from posestream.messaging.topic_states import broker_most_bytes, missing_topics, topics_there


def everything(admin: BrokerAdmin) -> Container[str]:
    return admin.list_topics(timeout=10.0).topics


def test_all_is_missing_of_an_unused_prefix(broker: str) -> None:
    kafka = KafkaConfig(bootstrap_servers=broker, topic_prefix="unused")
    admin = admin_client(kafka)
    assert missing_topics(kafka, ["frames", "poses"], admin) == ["unused.frames", "unused.poses"]
    assert topics_there(kafka, admin) == {}


def test_topics_are_told_with_settings_and_which_are_their_own(kafka: KafkaConfig) -> None:
    there = topics_there(kafka, admin_client(kafka))
    assert sorted(name.removeprefix(f"{kafka.topic_prefix}.") for name in there) == sorted(
        ["frames", "poses", "tracks", "alerts", "health", "control", "dead-letters"]
    )
    frames = there[kafka.topic("frames")]
    assert (frames.partitions, frames.replication) == (3, 1)
    assert frames.settings is not None
    assert frames.settings["retention.ms"] == "60000"
    assert "retention.ms" in frames.own
    assert frames.settings["flush.ms"] == str(2**63 - 1)  # the broker's default
    assert "flush.ms" not in frames.own
    assert missing_topics(kafka, ["frames"], admin_client(kafka)) == []


def test_changelogs_are_ours_and_others_are_not(kafka: KafkaConfig) -> None:
    admin = admin_client(kafka)
    ours = f"changelog__{kafka.topic_prefix}.track--{kafka.topic('poses')}--default"
    others = [f"{kafka.topic_prefix}-2.frames", f"changelog__other.track--{kafka.topic('poses')}--default"]
    for made in admin.create_topics([NewTopic(name, 3, 1) for name in (ours, *others)]).values():
        made.result(10.0)
    ends_at = time.monotonic() + 30.0
    while ours not in (there := topics_there(kafka, admin)) or any(it not in everything(admin) for it in others):
        assert time.monotonic() < ends_at
    assert not set(others) & set(there)


def test_the_brokers_limit_is_read(kafka: KafkaConfig) -> None:
    assert (broker_most_bytes(kafka, admin_client(kafka)) or 0) > 1_000_000


def test_a_broker_that_is_away_is_told() -> None:
    kafka = KafkaConfig(bootstrap_servers="127.0.0.1:1")
    with pytest.raises(DependencyError, match=r"^Kafka at 127.0.0.1:1 cannot be reached: "):
        topics_there(kafka, admin_client(kafka))


def test_what_a_user_may_not_read_is_unknown(secured_kafka: Any) -> None:  # noqa: ANN401  # loaded by path
    user = secured_kafka.new_user()
    secured_kafka.allow(user, "TOPIC", "seen.frames", "DESCRIBE")
    owner = KafkaConfig(bootstrap_servers=secured_kafka.broker.bootstrap_servers)
    for made in (
        admin_client(owner).create_topics([NewTopic(f"seen.{it}", 2, 1) for it in ("frames", "poses")]).values()
    ):
        made.result(10.0)
    kafka = KafkaConfig.model_validate(
        {"bootstrap_servers": secured_kafka.sasl, "topic_prefix": "seen", "properties": secured_kafka.login(user)}
    )
    admin = admin_client(kafka)
    ends_at = time.monotonic() + 30.0
    while not (there := topics_there(kafka, admin)):  # an ACL is in force a moment after it was made
        assert time.monotonic() < ends_at
    assert {name: (state.partitions, state.settings) for name, state in there.items()} == {"seen.frames": (2, None)}
    assert missing_topics(kafka, ["frames", "poses"], admin) == ["seen.poses"]  # a hidden topic is as one that is not
    assert broker_most_bytes(kafka, admin) is None
