"""The ACLs that are documented are what the services need: real workers at a broker that allows nothing else."""

import json
import re
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from posestream.config import KafkaConfig
from posestream.messaging.acls import Acl, acls_of
from posestream.messaging.broker_admin import admin_client
from posestream.messaging.events import event_headers, write_poses
from posestream.messaging.flow import SERVICES
from posestream.messaging.tailing import Tail, tail_messages
from posestream.messaging.topic_admin import apply_topics, create_topics
from posestream.messaging.topic_figures import TopicFigures, topic_figures
from posestream.messaging.topic_plan import Allowed, Plan, plan_topics
from posestream.messaging.topic_states import missing_topics, topics_there
from posestream.messaging.topics import topic_specs
from posestream.schemas import Poses

POSESTREAM = Path(sys.executable).with_name("posestream")
Run = Callable[..., "subprocess.Popen[str]"]


def test_ingest_may_write_frames_and_hear_of_persons_only() -> None:
    assert acls_of(KafkaConfig(), "ingest") == [
        Acl("TOPIC", "posestream.tracks", ("READ", "DESCRIBE_CONFIGS")),
        Acl("TOPIC", "posestream.frames", ("WRITE", "DESCRIBE_CONFIGS")),
        Acl("TOPIC", "posestream.health", ("WRITE", "DESCRIBE_CONFIGS")),
        Acl("TOPIC", "posestream.dead-letters", ("DESCRIBE", "DESCRIBE_CONFIGS")),
    ]


def test_state_and_transactions_are_the_services_own() -> None:
    own = acls_of(KafkaConfig(topic_prefix="hall", delivery="exactly-once"), "track")[-3:]
    assert own == [
        Acl("GROUP", "hall.track", ("READ",)),
        Acl("TOPIC", "changelog__hall.track--", ("CREATE", "READ", "WRITE", "DESCRIBE_CONFIGS"), prefixed=True),
        Acl("TRANSACTIONAL_ID", "hall.track.", ("DESCRIBE", "WRITE"), prefixed=True),
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_allowed_twice(service: str) -> None:
    named = [(acl.kind, acl.name) for acl in acls_of(KafkaConfig(), service)]
    assert len(set(named)) == len(named)


def test_the_documentation_lists_exactly_these() -> None:
    text = (Path(__file__).parents[3] / "docs" / "kafka.md").read_text(encoding="utf-8")
    listed = [line for line in text.splitlines() if re.match(r"\| `\w+` \| [A-Z_]+ \|", line)]
    assert listed == [
        f"| `{service}` | {acl.kind} | `{acl.name}{'*' if acl.prefixed else ''}` | {', '.join(acl.operations)} |"
        for service in SERVICES
        for acl in acls_of(KafkaConfig(delivery="exactly-once"), service)
    ]


def as_user(secured_kafka: Any, site: KafkaConfig, *acls: Acl) -> KafkaConfig:  # noqa: ANN401  # loaded by path
    """Give the config of a user who is allowed ``acls``, as soon as that is in force."""
    user = secured_kafka.new_user()
    for acl in acls:
        secured_kafka.allow(user, acl.kind, acl.name, *acl.operations, prefixed=acl.prefixed)
    place = {"bootstrap_servers": secured_kafka.sasl, "properties": secured_kafka.login(user)}
    kafka = KafkaConfig.model_validate(site.model_dump() | place)
    ends_at = time.monotonic() + 30.0
    while missing_topics(kafka, ["poses"], admin_client(kafka)):
        assert time.monotonic() < ends_at
    return kafka


def test_topics_apply_works_with_what_the_documentation_says(
    secured_kafka: Any,  # noqa: ANN401  # loaded by path
    site: KafkaConfig,
) -> None:
    rights = ("CREATE", "DESCRIBE", "DESCRIBE_CONFIGS", "ALTER", "ALTER_CONFIGS")
    topics = Acl("TOPIC", f"{site.topic_prefix}.", rights, prefixed=True)
    kafka = as_user(secured_kafka, site, topics).model_copy(update={"partitions": 2})
    gone = site.topic("alerts")
    admin_client(site).delete_topics([gone])[gone].result(10.0)
    done, there = apply_topics(kafka, admin_client(kafka), Allowed(more_partitions=True))
    assert done.names
    assert {state.partitions for state in there.values()} == {2}


def test_topics_show_works_with_what_the_documentation_says(
    secured_kafka: Any,  # noqa: ANN401  # loaded by path
    site: KafkaConfig,
) -> None:
    topics = Acl("TOPIC", f"{site.topic_prefix}.", ("DESCRIBE", "DESCRIBE_CONFIGS"), prefixed=True)
    groups = Acl("GROUP", f"{site.topic_prefix}.", ("DESCRIBE",), prefixed=True)
    kafka = as_user(secured_kafka, site, topics, groups)
    group = f"{site.topic_prefix}.track"
    send(site, "poses", b"a", b"b")
    consumer = Consumer(site.librdkafka() | {"group.id": group})
    consumer.commit(offsets=[TopicPartition(site.topic("poses"), 0, 1)], asynchronous=False)
    consumer.close()
    admin = admin_client(kafka)
    there = topics_there(kafka, admin)
    assert plan_topics(topic_specs(kafka), there) == Plan()
    assert topic_figures(kafka, admin, there)[site.topic("poses")] == TopicFigures(2, {group: 1})


def test_tail_needs_no_group(secured_kafka: Any, site: KafkaConfig) -> None:  # noqa: ANN401  # loaded by path
    kafka = as_user(secured_kafka, site, Acl("TOPIC", site.topic("poses"), ("READ",)))
    send(site, "poses", b"a", b"b")
    tail = Tail(site.topic("poses"), beginning=True, follow=False)
    assert [message.value() for message in tail_messages(kafka, tail, threading.Event())] == [b"a", b"b"]


@pytest.fixture
def site(secured_kafka: Any) -> KafkaConfig:  # noqa: ANN401  # loaded by path
    """All topics under a prefix of this test's own, as their owner sees them."""
    prefix = f"a{uuid.uuid4().hex[:9]}"
    owner = KafkaConfig(bootstrap_servers=secured_kafka.broker.bootstrap_servers, topic_prefix=prefix, partitions=1)
    create_topics(owner, admin_client(owner))
    return owner


@pytest.fixture
def run(secured_kafka: Any, site: KafkaConfig, tmp_path: Path) -> Iterator[Run]:  # noqa: ANN401  # loaded by path
    """``run(service, acls, **kafka)``: the service with a user who is allowed ``acls``; killed if left over."""
    with ExitStack() as stack:

        def start(service: str, acls: list[Acl], **kafka: object) -> "subprocess.Popen[str]":
            user = secured_kafka.new_user()
            for acl in acls:
                secured_kafka.allow(user, acl.kind, acl.name, *acl.operations, prefixed=acl.prefixed)
            place = {"bootstrap_servers": secured_kafka.sasl, "topic_prefix": site.topic_prefix, "partitions": 1}
            content = {"kafka": place | {"properties": secured_kafka.login(user)} | kafka}
            (tmp_path / "site.yaml").write_text(json.dumps(content))
            log = stack.enter_context((tmp_path / "log.txt").open("w"))
            command = [str(POSESTREAM), service, "--config", "site.yaml", "--metrics-port", "0", "--worker-id", "a"]
            process = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log, text=True)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        yield start


def answer(site: KafkaConfig, stream: str, process: "subprocess.Popen[str]", log: Path) -> bytes:
    """Give the first value that comes on a topic."""
    consumer = Consumer(site.librdkafka() | {"group.id": f"{site.topic_prefix}.test", "auto.offset.reset": "earliest"})
    consumer.subscribe([site.topic(stream)])
    ends_at = time.monotonic() + 100.0
    try:
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < ends_at, log.read_text()
            message = consumer.poll(0.5)
            if message is not None and message.error() is None:
                return message.value() or b""
    finally:
        consumer.close()


def less(acls: list[Acl], kind: str, name: str, operation: str) -> list[Acl]:
    """Give all but one right; those that are left without any go."""
    left = [
        replace(acl, operations=tuple(it for it in acl.operations if it != operation))
        if acl.kind == kind and name in acl.name
        else acl
        for acl in acls
    ]
    assert left != acls
    return [acl for acl in left if acl.operations]


def send(site: KafkaConfig, stream: str, *values: bytes) -> None:
    producer = Producer(site.librdkafka())
    for value in values:
        producer.produce(site.topic(stream), value, "lobby", headers=event_headers())
    assert producer.flush(30.0) == 0


@pytest.mark.slow
@pytest.mark.parametrize("delivery", ["at-least-once", "exactly-once"])
def test_track_works_with_exactly_these(
    run: Run, site: KafkaConfig, tmp_path: Path, pose_fields: Callable[[int], dict[str, Any]], delivery: str
) -> None:
    kafka = site.model_copy(update={"delivery": delivery})
    process = run("track", acls_of(kafka, "track"), delivery=delivery)
    send(site, "poses", write_poses(Poses(**pose_fields(1))), b"unreadable")
    log = tmp_path / "log.txt"
    assert answer(site, "tracks", process, log)
    assert answer(site, "dead-letters", process, log) == b"unreadable"
    assert answer(site, "health", process, log)
    process.terminate()
    assert process.wait(30.0) == 0, log.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("service", [pytest.param("infer", marks=pytest.mark.weights), "alert", "write", "archive"])
def test_every_reader_works_with_exactly_these(
    run: Run, site: KafkaConfig, tmp_path: Path, service: str, request: pytest.FixtureRequest
) -> None:
    if service == "infer":
        request.getfixturevalue("pulled_models")
    process = run(service, acls_of(site, service), max_frame_age="0s")  # infer: from the beginning
    send(site, SERVICES[service].shares[0], b"unreadable")
    log = tmp_path / "log.txt"
    assert answer(site, "dead-letters", process, log) == b"unreadable"
    assert answer(site, "health", process, log)
    process.terminate()
    assert process.wait(30.0) == 0, log.read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "name", "operation", "line"),
    [
        ("GROUP", "track", "READ", "FindCoordinator response error: Group authorization failed"),
        ("TOPIC", "poses", "DESCRIBE_CONFIGS", 'verify the "DescribeConfigs" operation is allowed'),
        ("TOPIC", "changelog", "CREATE", 'verify if "Create" and "Read" operations are allowed'),
        ("TRANSACTIONAL_ID", "track", "WRITE", "Transactional Id authorization failed"),
    ],
)
def test_without_one_of_them_it_ends_with_one_line(
    run: Run, site: KafkaConfig, tmp_path: Path, kind: str, name: str, operation: str, line: str
) -> None:
    kafka = site.model_copy(update={"delivery": "exactly-once"})
    process = run("track", less(acls_of(kafka, "track"), kind, name, operation), delivery="exactly-once")
    assert process.wait(100.0) == 4, (tmp_path / "log.txt").read_text()
    said = (tmp_path / "log.txt").read_text().splitlines()
    assert said[-1].startswith("posestream: track: Kafka refuses: ")
    assert line in said[-1]
    assert said[-1].endswith("; this user lacks an ACL")
    assert not any("Traceback" in it for it in said)


@pytest.mark.slow
def test_a_topic_that_is_hidden_is_waited_for(run: Run, site: KafkaConfig, tmp_path: Path) -> None:
    process = run("track", less(acls_of(site, "track"), "TOPIC", ".poses", "READ"))
    log, ends_at = tmp_path / "log.txt", time.monotonic() + 100.0
    line = f"there is no topic {site.topic('poses')} (or this user may not see it): run 'posestream topics apply'"
    while line not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < ends_at, log.read_text()
        time.sleep(0.1)
    process.terminate()
    assert process.wait(30.0) == 0
