"""Carrying out a plan for the topics: the broker is told step by step, then asked whether it came so."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # they are documented there
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from posestream.config import KafkaConfig
from posestream.errors import DependencyError
from posestream.messaging.broker_admin import ASK_SECONDS, BrokerAdmin, admin_client, refusal
from posestream.messaging.topic_plan import Allowed, Plan, TopicState, plan_topics
from posestream.messaging.topic_states import missing_topics, topics_there
from posestream.messaging.topics import topic_specs

__all__ = ["ASK_SECONDS", "admin_client", "apply_topics", "create_topics", "missing_topics"]

SETTLE_SECONDS = 10.0


def apply_topics(
    kafka: KafkaConfig,
    admin: BrokerAdmin,
    allowed: Allowed = Allowed(),  # noqa: B008  # frozen
    pause: Callable[[float], None] = time.sleep,
) -> tuple[Plan, dict[str, TopicState]]:
    """Make the topics what topic_specs says; gives what was done and what the broker has afterwards.

    May be repeated and broken off at any place: the next call goes on from what the broker has.

    Raises:
        DependencyError: if the broker does not answer, refuses a step or does not come to have it.
    """
    specs = topic_specs(kafka)
    done, left, there = Plan(), Plan(), {}
    ends_at = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < ends_at:
        there = topics_there(kafka, admin)
        left = plan_topics(specs, there, allowed)
        if left.is_done:
            return replace(done, refused=left.refused, kept=left.kept), there
        # A broker answers from what it has heard of the controller, which is a moment later: nothing is told twice.
        fresh = left.without(done)
        _carry_out(kafka, admin, fresh)
        done = done.followed_by(fresh)
        if fresh.is_done:
            pause(0.05)
    raise DependencyError(f"topics {', '.join(left.names)}: the broker took the change but does not show it")


def create_topics(kafka: KafkaConfig, admin: BrokerAdmin) -> list[str]:
    """Make the topics that are missing and bring the others to our settings; gives the names of the new ones.

    Raises:
        DependencyError: if the broker does not answer or refuses.
    """
    plan, _ = apply_topics(kafka, admin)
    return [spec.name for spec in plan.create]


def _carry_out(kafka: KafkaConfig, admin: BrokerAdmin, plan: Plan) -> None:
    _create(kafka, admin, plan)
    _add_partitions(kafka, admin, plan)
    _set(kafka, admin, plan)


def _create(kafka: KafkaConfig, admin: BrokerAdmin, plan: Plan) -> None:
    wanted = [NewTopic(it.name, it.partitions, it.replication, config=dict(it.settings)) for it in plan.create]
    if wanted:
        answers = admin.create_topics(wanted, request_timeout=ASK_SECONDS)
        _wait(kafka, admin, {f"topic {name}": answer for name, answer in answers.items()})


def _add_partitions(kafka: KafkaConfig, admin: BrokerAdmin, plan: Plan) -> None:
    wanted = [NewPartitions(step.name, step.wanted) for step in plan.partitions]
    if wanted:
        answers = admin.create_partitions(wanted, request_timeout=ASK_SECONDS)
        _wait(kafka, admin, {f"partitions of topic {name}": answer for name, answer in answers.items()})


def _set(kafka: KafkaConfig, admin: BrokerAdmin, plan: Plan) -> None:
    wanted = [
        ConfigResource(
            ResourceType.TOPIC,
            step.name,
            incremental_configs=[
                ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
                for name, value in step.wanted.items()
            ],
        )
        for step in plan.settings
    ]
    if wanted:
        answers = admin.incremental_alter_configs(wanted, request_timeout=ASK_SECONDS)
        _wait(kafka, admin, {f"settings of topic {resource.name}": answer for resource, answer in answers.items()})


def _wait(kafka: KafkaConfig, admin: BrokerAdmin, answers: "Mapping[str, Future[None]]") -> None:
    """Wait for all answers; the first refusal is raised. What another one has made meanwhile is no refusal."""
    for what, answer in answers.items():
        try:
            answer.result(2 * ASK_SECONDS)
        except KafkaException as exc:
            if exc.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise refusal(kafka, what, exc.args[0], admin.why) from None
