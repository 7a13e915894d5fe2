import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from confluent_kafka import Consumer, TopicPartition

from posestream.config import Config, KafkaConfig, MetricsConfig
from posestream.errors import UsageError
from posestream.messaging.clients import made, reader
from posestream.messaging.health_message import WorkerHealth, read_health
from posestream.messaging.topic_admin import admin_client, create_topics
from posestream.messaging.topics import HEALTH, POSES
from posestream.service import ServiceOptions, host_name, running

NOWHERE = Config(kafka=KafkaConfig(bootstrap_servers="127.0.0.1:1"))
# A service in a process of its own: says its address, waits for its topics and then for the end.
WAITS = """
import sys
from pathlib import Path
from posestream.config import Config, KafkaConfig
from posestream.errors import PosestreamError
from posestream.logs import configure_logs
from posestream.service import ServiceOptions, running
configure_logs()
config = Config(kafka=KafkaConfig(bootstrap_servers=sys.argv[1], topic_prefix=sys.argv[2], partitions=3))
try:
    with running("track", config, ServiceOptions("one", Path("."), 0), cameras=lambda: ("lobby",)) as service:
        if service.wait_for_topics(("poses",)):
            print("ready", flush=True)
            {work}
            while not service.stop.wait(0.1):
                service.readiness.turn()
    raise SystemExit(service.exit_code)
except PosestreamError as error:
    print(error, file=sys.stderr)
    raise SystemExit(error.exit_code) from None
"""


def options(worker: str = "one", port: int | None = 0) -> ServiceOptions:
    return ServiceOptions(worker, Path("data"), port)


def asked(address: str, path: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body.decode() if path == "/metrics" else json.loads(body)


@pytest.mark.parametrize("worker", ["a", "host-1.site_b", "0", "x" * 64])
def test_names_of_workers(worker: str) -> None:
    assert options(worker).worker_id == worker


@pytest.mark.parametrize("worker", ["", ".", "..", "../x", "a/b", "a b", "-a", "a\n", "\u00e4", "x" * 65])
def test_what_is_no_name_of_a_worker(worker: str) -> None:
    with pytest.raises(UsageError, match=r"^--worker-id: wanted 1 to 64 letters, digits and _ \. -, ") as refused:
        options(worker)
    assert str(refused.value).endswith(f", a letter or digit first, got {worker!a}")


def test_the_name_of_the_machine_is_one() -> None:
    assert options(host_name()).worker_id == host_name()


def test_a_port_in_use_is_told_before_anything_else_happens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(UsageError, match=rf"^metrics: cannot listen on 127\.0\.0\.1:{port}: ") as refused,
            running("infer", NOWHERE, options(port=port)),
        ):
            pytest.fail("it must not come here")
    assert refused.value.exit_code == 2


def test_the_port_is_that_of_the_command_line_then_the_config() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configured = NOWHERE.model_copy(update={"metrics": MetricsConfig(ports={"infer": port})})
    with running("infer", configured, options(port=None)):
        assert asked(f"http://127.0.0.1:{port}", "/livez") == (200, {"alive": True})
    with running("infer", configured, options(port=0)), pytest.raises(ConnectionRefusedError):
        asked(f"http://127.0.0.1:{port}", "/livez")


def test_a_folder_that_cannot_be_written_to_is_told_before_anything_else_happens(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    wrong = ServiceOptions("one", tmp_path / "file" / "data", 0)
    with pytest.raises(UsageError) as refused, running("track", NOWHERE, wrong, writes=True):
        pytest.fail("it must not come here")
    assert str(refused.value) == f"--data: {wrong.data}: Not a directory: choose another folder"
    with running("infer", NOWHERE, wrong):
        pass  # it keeps nothing


def test_the_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    with running("track", NOWHERE, ServiceOptions("one", tmp_path / "new" / "data", 0), writes=True):
        assert list((tmp_path / "new" / "data").iterdir()) == []


def test_parts_are_waited_for() -> None:
    with running("infer", NOWHERE, options(), parts=("models",)) as service:
        assert (service.name, service.worker) == ("infer", "infer/one")
        assert service.readiness.waiting == {"broker": "starting", "models": "starting"}
        assert (service.stop.is_set(), service.exit_code) == (False, 0)


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """``start(kafka, work)``: the service above; killed if left over."""
    with ExitStack() as stack:

        def begin(kafka: KafkaConfig, work: str = "pass") -> "subprocess.Popen[str]":
            command = [sys.executable, "-c", WAITS.replace("{work}", work), kafka.bootstrap_servers, kafka.topic_prefix]
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield begin


def address_of(process: "subprocess.Popen[str]") -> str:
    """Give the address of a service's endpoint from its log."""
    assert process.stderr is not None
    for line in process.stderr:
        if "started" in line:
            return str(json.loads(line)["metrics"]).removesuffix("/metrics")
    raise AssertionError("the service ended before it had started")


def beats(kafka: KafkaConfig) -> list[WorkerHealth]:
    """Give the beats that lie in the health topic."""
    consumer: Consumer = made(Consumer, reader(kafka, "test", beginning=True))
    consumer.assign([TopicPartition(kafka.topic(HEALTH), number, 0) for number in range(kafka.partitions)])
    found, ends, ends_at = [], 0, time.monotonic() + 30
    while ends < kafka.partitions and time.monotonic() < ends_at:
        message = consumer.poll(0.5)
        if message is None:
            continue
        if message.error() is not None:
            ends += 1
            continue
        health = read_health(message.key(), message.value(), message.headers())
        assert isinstance(health, WorkerHealth)
        found.append(health)
    consumer.close()
    return found


def test_a_life(kafka: KafkaConfig, start: Start) -> None:
    process = start(kafka, "service.producer.send('poses', 'lobby', b'x', [])")
    address = address_of(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    assert asked(address, "/readyz") == (200, {"ready": True, "waits_for": {}})
    assert asked(address, "/livez") == (200, {"alive": True})
    assert 'worker="track/one"' in asked(address, "/metrics")[1]
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    found = beats(kafka)
    assert {(beat.worker, beat.service, beat.cameras) for beat in found} == {("track/one", "track", ("lobby",))}
    assert [beat.state for beat in found][-1] == "stopped"
    consumer: Consumer = made(Consumer, reader(kafka, "test", beginning=True))
    counts = [
        consumer.get_watermark_offsets(TopicPartition(kafka.topic(POSES), number), timeout=10)
        for number in range(kafka.partitions)
    ]
    consumer.close()
    assert sum(high for _, high in counts) == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_the_end_while_waiting_for_a_broker(start: Start, number: signal.Signals, code: int) -> None:
    process = start(NOWHERE.kafka)
    address = address_of(process)
    ends_at = time.monotonic() + 30
    while "cannot be reached" not in (reason := asked(address, "/readyz")[1]["waits_for"]["broker"]):
        assert time.monotonic() < ends_at, reason
        threading.Event().wait(0.05)
    began = time.monotonic()
    process.send_signal(number)
    assert process.wait(30) == code
    assert time.monotonic() - began < 15


SENDS_WHEN_TOLD = "sys.stdin.readline(); service.producer.send('poses', 'lobby', b'x', []); print('sent', flush=True)"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("work", "code"), [(SENDS_WHEN_TOLD, 4), ("sys.stdin.readline(); print('sent', flush=True)", 0)]
)
def test_a_broker_that_is_gone_for_good(own_broker: Any, start: Start, work: str, code: int) -> None:  # noqa: ANN401  # by path
    kafka = KafkaConfig(bootstrap_servers=own_broker.bootstrap_servers, topic_prefix="t", partitions=3)
    create_topics(kafka, admin_client(kafka))
    process = start(kafka, work)
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    own_broker.kill()
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "sent\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(40) == code


def test_a_service_that_does_not_drain_ends_by_itself_before_a_supervisor_kills_it() -> None:
    hangs = WAITS.replace(
        "        if service.wait_for_topics",
        "        service.stop.set()\n        threading.Event().wait()\n        if service.wait_for_topics",
    )
    command = [sys.executable, "-c", f"import threading{hangs}".replace("{work}", "pass"), "127.0.0.1:1", "nowhere"]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 4, done.stderr
    assert "not drained within 9 s" in done.stderr
    assert time.monotonic() - began < 30
