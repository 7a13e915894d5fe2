"""The wrapper of Quix Streams on a real broker: a worker in a process of its own that may be killed at any time."""

import hashlib
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Message, Producer, TopicPartition

from posestream.config import KafkaConfig
from posestream.messaging.clients import events_producer, made, reader
from posestream.messaging.headers import unpacked
from posestream.messaging.topic_admin import admin_client, create_topics
from posestream.messaging.topics import DEAD_LETTERS, POSES, TRACKS
from posestream.service import Service
from sinks.stream import StreamApplication, StreamOptions, bytes_topic, run_stream

SCRIPT = Path(__file__).with_name("counting_worker.py")
KEYS = ("hall", "lobby", "yard", "gate")


@dataclass
class Bench:
    """A broker, messages to it, a worker on it and what came out."""

    kafka: KafkaConfig
    folder: Path
    stack: ExitStack
    sent: dict[str, list[bytes]]

    def start(self, delivery: str = "at-least-once", worker: str = "one") -> "subprocess.Popen[bytes]":
        """Start a worker; its log goes to a file of its own."""
        place = [self.kafka.bootstrap_servers, self.kafka.topic_prefix, str(self.folder / "data")]
        log = self.stack.enter_context((self.folder / "worker.log").open("ab"))
        process = subprocess.Popen([sys.executable, str(SCRIPT), *place, delivery, worker], stdout=log, stderr=log)
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return process

    @property
    def log(self) -> str:
        return (self.folder / "worker.log").read_text()

    def send(self, count: int) -> None:
        """Send so many more messages, key after key, and wait until the broker has them."""
        producer = made(Producer, events_producer(self.kafka))
        for number in range(count):
            key = KEYS[number % len(KEYS)]
            value = f"{key}-{len(self.sent[key])}".encode()
            self.sent[key].append(value)
            producer.produce(self.kafka.topic(POSES), value, key)
            producer.poll(0)
        assert producer.flush(60) == 0

    def read(self, stream: str = TRACKS) -> list[Message]:
        """Give all committed messages that are in a topic now."""
        consumer: Consumer = made(Consumer, reader(self.kafka, "test", beginning=True))
        topic = self.kafka.topic(stream)
        consumer.assign([TopicPartition(topic, number, 0) for number in range(self.kafka.partitions)])
        messages, ends, ends_at = [], 0, time.monotonic() + 60
        while ends < self.kafka.partitions and time.monotonic() < ends_at:
            message = consumer.poll(0.5)
            if message is not None and message.error() is not None:
                ends += 1
            elif message is not None:
                messages.append(message)
        consumer.close()
        return messages

    def outputs(self) -> dict[str, list[tuple[int, str]]]:
        """Give what came out for each key, in order: count and chain."""
        found: dict[str, list[tuple[int, str]]] = {key: [] for key in KEYS}
        for message in self.read():
            number, _, chain = message.value().decode().partition(" ")
            found[message.key().decode()].append((int(number), chain))
        return found

    def right(self) -> dict[str, list[tuple[int, str]]]:
        outputs: dict[str, list[tuple[int, str]]] = {}
        for key, values in self.sent.items():
            chain, outputs[key] = "", []
            for number, value in enumerate(values, 1):
                chain = hashlib.sha256(chain.encode() + value).hexdigest()[:16]
                outputs[key].append((number, chain))
        return outputs

    def wait_for(self, wanted: Callable[[dict[str, list[tuple[int, str]]]], bool], seconds: float = 90.0) -> None:
        ends_at = time.monotonic() + seconds
        while not wanted(self.outputs()):
            assert time.monotonic() < ends_at, self.log[-3000:]

    def all_there(self, outputs: dict[str, list[tuple[int, str]]]) -> bool:
        return all(set(self.right()[key]) <= set(outputs[key]) for key in KEYS)


@pytest.fixture
def bench_on(tmp_path: Path) -> Iterator[Callable[[KafkaConfig], Bench]]:
    with ExitStack() as stack:
        yield lambda kafka: Bench(kafka, tmp_path, stack, {key: [] for key in KEYS})


@pytest.fixture
def bench(kafka: KafkaConfig, bench_on: Callable[[KafkaConfig], Bench]) -> Bench:
    return bench_on(kafka)


def ended(process: "subprocess.Popen[bytes]") -> int:
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    code = process.wait(30)
    assert time.monotonic() - began < 15
    return code


@pytest.mark.parametrize("delivery", ["at-least-once", "exactly-once"])
def test_sigterm_drains_and_the_next_one_goes_on(bench: Bench, delivery: str) -> None:
    process = bench.start(delivery)
    bench.send(40)
    bench.wait_for(bench.all_there)
    assert ended(process) == 0
    bench.send(40)
    process = bench.start(delivery)
    bench.wait_for(bench.all_there)
    assert ended(process) == 0
    assert bench.outputs() == bench.right()


def test_what_cannot_be_read_goes_to_the_dead_letters_and_stops_nothing(bench: Bench) -> None:
    producer = made(Producer, events_producer(bench.kafka))
    producer.produce(bench.kafka.topic(POSES), b"bad", "lobby", headers=[("schema_version", b"9")])
    producer.produce(bench.kafka.topic(POSES), b"bad", None)
    producer.produce(bench.kafka.topic(POSES), None, "lobby")
    producer.flush(30)
    bench.send(20)
    process = bench.start()
    bench.wait_for(bench.all_there)
    assert ended(process) == 0
    assert bench.outputs() == bench.right()
    letters = bench.read(DEAD_LETTERS)
    assert sorted((letter.key() or b"", letter.value()) for letter in letters) == [
        (b"", b"bad"),
        (b"lobby", b""),
        (b"lobby", b"bad"),
    ]
    first = next(letter for letter in letters if letter.value() and letter.key())
    texts = unpacked(first.headers())
    assert texts.pop("source_partition") in {"0", "1", "2"}
    assert texts == {
        "reason": "bad, as it was told to be",
        "service": "track",
        "source_topic": bench.kafka.topic(POSES),
        "source_offset": "0",
        "original_bytes": "3",
        "schema_version": "1",
        "original.schema_version": "9",
    }


def killed_three_times(bench: Bench, delivery: str) -> None:
    """Send without end while the worker is killed at odd moments."""
    stop = threading.Event()

    def feed() -> None:
        while not stop.is_set():
            bench.send(20)
            stop.wait(0.1)

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        for _ in range(3):
            process = bench.start(delivery)
            before = len(bench.read())
            ends_at = time.monotonic() + 60
            while len(bench.read()) < before + 60:
                assert process.poll() is None, bench.log[-3000:]
                assert time.monotonic() < ends_at, bench.log[-3000:]
            process.kill()
            process.wait()
    finally:
        stop.set()
        feeder.join()


@pytest.mark.slow
def test_state_survives_sigkill(bench: Bench) -> None:
    killed_three_times(bench, "at-least-once")
    process = bench.start()
    bench.send(40)  # what only this one can answer, from the state that the killed ones left
    bench.wait_for(bench.all_there)
    assert ended(process) == 0
    for key, outputs in bench.outputs().items():
        # Some came twice, none is wrong: each says the hash of all messages up to it.
        assert set(outputs) == set(bench.right()[key])


@pytest.mark.slow
def test_exactly_once_means_once(bench: Bench) -> None:
    killed_three_times(bench, "exactly-once")
    process = bench.start("exactly-once")
    bench.send(40)
    bench.wait_for(bench.all_there)
    assert ended(process) == 0
    assert bench.outputs() == bench.right()


def test_state_that_was_lost_with_its_folder_comes_back_from_the_broker(bench: Bench) -> None:
    process = bench.start()
    bench.send(40)
    bench.wait_for(bench.all_there)
    assert ended(process) == 0
    shutil.rmtree(bench.folder / "data")
    bench.send(40)
    process = bench.start()
    bench.wait_for(bench.all_there)
    assert ended(process) == 0
    assert bench.outputs() == bench.right()


def test_two_workers_share_the_cameras(bench: Bench) -> None:
    processes = [bench.start(worker=name) for name in ("one", "two")]
    for _ in range(5):
        bench.send(40)
        bench.wait_for(bench.all_there)
    assert [ended(process) for process in processes] == [0, 0]
    for key, outputs in bench.outputs().items():
        assert set(outputs) == set(bench.right()[key])
    assert {path.name for path in (bench.folder / "data" / "state").iterdir()} == {"track.one", "track.two"}


@pytest.mark.slow
@pytest.mark.parametrize("delivery", [pytest.param("at-least-once", marks=pytest.mark.long), "exactly-once"])
def test_a_broker_that_is_killed_and_comes_back_is_waited_for(
    own_broker: Any,  # noqa: ANN401  # loaded by path: no static type
    bench_on: Callable[[KafkaConfig], Bench],
    delivery: str,
) -> None:
    kafka = KafkaConfig(bootstrap_servers=own_broker.bootstrap_servers, topic_prefix="t", partitions=3)
    create_topics(kafka, admin_client(kafka))
    bench = bench_on(kafka)
    process = bench.start(delivery)
    bench.send(40)
    bench.wait_for(bench.all_there)
    own_broker.kill()
    threading.Event().wait(3.0)  # the outage itself
    own_broker.start()
    bench.send(40)
    bench.wait_for(bench.all_there)
    assert ended(process) == 0
    for key, outputs in bench.outputs().items():
        assert set(outputs) == set(bench.right()[key])


def test_of_two_workers_of_the_same_name_one_ends_with_one_clear_line(bench: Bench) -> None:
    first = bench.start()
    bench.send(8)
    bench.wait_for(bench.all_there)
    (bench.folder / "elsewhere").mkdir()
    other = Bench(bench.kafka, bench.folder / "elsewhere", bench.stack, bench.sent)
    second = other.start()
    assert first.wait(60) == 4
    line = bench.log.splitlines()[-1]
    assert line.startswith("track/one: Kafka has ended this worker: ")
    assert line.endswith("; does another one have its --worker-id?")
    assert "Traceback" not in bench.log
    bench.send(8)
    other.wait_for(other.all_there)
    assert ended(second) == 0


@pytest.mark.slow
@pytest.mark.parametrize("delivery", [pytest.param("at-least-once", marks=pytest.mark.long), "exactly-once"])
def test_the_end_while_the_broker_is_away_loses_nothing(
    own_broker: Any,  # noqa: ANN401  # loaded by path: no static type
    bench_on: Callable[[KafkaConfig], Bench],
    delivery: str,
) -> None:
    kafka = KafkaConfig(bootstrap_servers=own_broker.bootstrap_servers, topic_prefix="t", partitions=3)
    create_topics(kafka, admin_client(kafka))
    bench = bench_on(kafka)
    process = bench.start(delivery)
    bench.send(40)
    bench.wait_for(bench.all_there)
    own_broker.kill()
    assert ended(process) in {0, 4}
    own_broker.start()
    bench.send(40)
    process = bench.start(delivery)
    bench.wait_for(bench.all_there)
    assert ended(process) == 0
    for key, outputs in bench.outputs().items():
        assert set(outputs) == set(bench.right()[key])


def test_the_end_while_it_asks_a_broker_that_is_away(lone_service: Callable[..., Service]) -> None:
    service = lone_service("track", "broker")
    asks = threading.Event()

    def build(app: StreamApplication) -> None:
        asks.set()
        service.stop.set()
        bytes_topic(app, "t.poses")

    began = time.monotonic()
    run_stream(service, StreamOptions(1.0), build)
    assert asks.is_set()
    assert time.monotonic() - began < 9  # what a drain has
