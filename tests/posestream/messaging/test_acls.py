"""The ACLs that are documented are what the services need: real workers at a broker that allows nothing else."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer

from posestream.config import KafkaConfig
from posestream.messaging.acls import Acl, acls_of
from posestream.messaging.broker_admin import admin_client
from posestream.messaging.events import event_headers, write_poses
from posestream.messaging.flow import SERVICES
from posestream.messaging.topic_admin import create_topics
from posestream.schemas import Poses

POSESTREAM = Path(sys.executable).with_name("posestream")
Run = Callable[..., "subprocess.Popen[str]"]


def test_ingest_may_write_and_look_only() -> None:
    assert acls_of(KafkaConfig(), "ingest") == [
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


@pytest.fixture
def site(secured_kafka: Any, request: pytest.FixtureRequest) -> KafkaConfig:  # noqa: ANN401  # loaded by path
    """All topics under a prefix of this test's own, as their owner sees them."""
    prefix = f"a{abs(hash(request.node.name)) % 10**9}"
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
    ends_at = time.monotonic() + 60.0
    try:
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < ends_at, log.read_text()
            message = consumer.poll(0.5)
            if message is not None and message.error() is None:
                return message.value() or b""
    finally:
        consumer.close()


@pytest.mark.parametrize("delivery", ["at-least-once", "exactly-once"])
def test_track_works_with_exactly_these(
    run: Run, site: KafkaConfig, tmp_path: Path, pose_fields: Callable[[int], dict[str, Any]], delivery: str
) -> None:
    kafka = site.model_copy(update={"delivery": delivery})
    process = run("track", acls_of(kafka, "track"), delivery=delivery)
    producer = Producer(site.librdkafka())
    producer.produce(site.topic("poses"), write_poses(Poses(**pose_fields(1))), "lobby", headers=event_headers())
    producer.produce(site.topic("poses"), b"unreadable", "lobby", headers=event_headers())
    assert producer.flush(30.0) == 0
    log = tmp_path / "log.txt"
    assert answer(site, "tracks", process, log)
    assert answer(site, "dead-letters", process, log) == b"unreadable"
    assert answer(site, "health", process, log)
    process.terminate()
    assert process.wait(30.0) == 0, log.read_text()
