"""Frames that tests put on a real topic, workers as processes, and what came out."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import yaml
from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

from posestream.config import KafkaConfig
from posestream.jpeg import encode_jpeg
from posestream.messaging.clients import frames_producer, made, reader
from posestream.messaging.events import read_poses
from posestream.messaging.frame_message import JPEG, frame_headers
from posestream.messaging.topics import DEAD_LETTERS, FRAMES, POSES
from posestream.schemas import FrameStamp, Image, Poses, TimeSource

PROGRAM = Path(__file__).with_name("infer_process.py")
ROOT = Path(__file__).parents[3]
PICTURE = encode_jpeg(Image(np.full((96, 160, 3), 90, np.uint8), "rgb24"), 80)


def wait_until(true: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Poll until something is so."""
    ends_at = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends_at, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def stamp(
    camera: str, index: int, captured_at_ns: int | None = None, source: TimeSource = TimeSource.ARRIVAL
) -> FrameStamp:
    at_ns = time.time_ns() if captured_at_ns is None else captured_at_ns
    return FrameStamp(camera, 7, index, index / 5, at_ns, source, 320, 192)


class FrameFeeder:
    """Puts frames on the topic as ingest does, and counts them."""

    def __init__(self, kafka: KafkaConfig, *, may_fail: bool = False) -> None:
        self._kafka, self._may_fail = kafka, may_fail
        self._producer = Producer(frames_producer(kafka) | {"message.timeout.ms": 30_000})
        # What is sent before the client knows the topic's leaders may come after what is sent then.
        if not may_fail:
            self._producer.list_topics(kafka.topic(FRAMES), timeout=30)
        self.sent: Counter[str] = Counter()
        self._next: Counter[str] = Counter()

    def frame(self, camera: str, payload: bytes = PICTURE, codec: str = JPEG, **changes: object) -> FrameStamp:
        """Send the camera's next frame, taken now unless told."""
        place = stamp(camera, self._next[camera], **changes)  # type: ignore[arg-type]
        self._next[camera] += 1
        self.raw(camera.encode(), payload, frame_headers(place, codec, keyframe=True))
        self.sent[camera] += 1
        return place

    def raw(self, key: bytes | None, value: bytes | None, headers: object) -> None:
        """Send anything."""
        while len(self._producer) > 50:  # large frames fill its memory
            self._producer.poll(0.05)
        self._producer.produce(self._kafka.topic(FRAMES), value, key, headers=headers, on_delivery=self._delivered)
        self._producer.poll(0)

    def flush(self) -> None:
        """Wait until the broker has all."""
        assert self._producer.flush(30) == 0

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        assert error is None or self._may_fail, error


class TopicReader:
    """Everything that lies on a topic, from its beginning."""

    def __init__(self, kafka: KafkaConfig, stream: str) -> None:
        self._consumer = made(Consumer, reader(kafka, "test", beginning=True))
        self._consumer.assign([TopicPartition(kafka.topic(stream), number, 0) for number in range(kafka.partitions)])
        self.messages: list[Message] = []

    def read(self) -> list[Message]:
        """Give all messages so far."""
        while (message := self._consumer.poll(0.2)) is not None:
            if message.error() is None:
                self.messages.append(message)
            elif message.error().code() != KafkaError._PARTITION_EOF:
                raise AssertionError(message.error())
        return self.messages

    def close(self) -> None:
        self._consumer.close()


@dataclass
class Worker:
    """A worker process and where it tells how it is."""

    process: "subprocess.Popen[bytes]"
    log: Path
    figures_at: str = ""

    def figures(self) -> dict[str, float]:
        """Give its metrics, empty while it cannot be asked."""
        try:
            with urllib.request.urlopen(f"{self.figures_at}/metrics", timeout=5) as answer:  # noqa: S310  # our own
                lines = answer.read().decode().splitlines()
        except OSError:
            return {}
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[:1] != "#")}

    def total(self, name: str) -> int:
        """Give the sum of a counter over its labels."""
        return int(sum(value for key, value in self.figures().items() if key.startswith(f"posestream_{name}_total")))

    def end(self, seconds: float = 20.0) -> int:
        """Ask it to end; gives its exit code."""
        self.process.terminate()
        return self.process.wait(seconds)

    def account(self) -> dict[str, int]:
        """Give the account that it logged at its end."""
        lines = [line for line in self.log.read_text().splitlines() if '"event": "account"' in line]
        return {name: int(value) for name, value in re.findall(r'"(\w+)": (-?\d+)[,}]', lines[-1])}


@dataclass
class Site:
    """One test's topics, its feeder and its workers."""

    kafka: KafkaConfig
    folder: Path
    feeder: FrameFeeder
    workers: list[Worker] = field(default_factory=list)
    readers: dict[str, TopicReader] = field(default_factory=dict)

    def start(self, worker_id: str, infer_ms: int = 0, **settings: object) -> Worker:
        """Start a worker and wait until it has partitions."""
        content = {
            "bootstrap_servers": self.kafka.bootstrap_servers,
            "topic_prefix": self.kafka.topic_prefix,
            "partitions": self.kafka.partitions,
        }
        config = self.folder / f"{worker_id}.yaml"
        config.write_text(yaml.safe_dump({"kafka": content | settings, "model": {"threads": 2}}))
        log = self.folder / f"{worker_id}-{len(self.workers)}.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, str(PROGRAM), str(config), worker_id],
                stderr=stream,
                env=os.environ | {"PYTHONPATH": str(ROOT), "INFER_MS": str(infer_ms)},
            )
        worker = Worker(process, log)
        self.workers.append(worker)
        wait_until(lambda: "metrics" in log.read_text(), f"the start of {worker_id}")
        worker.figures_at = re.findall(r"(http://[^/\s]+)/metrics", log.read_text())[0]
        wait_until(lambda: '"event": "assigned"' in log.read_text(), f"partitions of {worker_id}")
        return worker

    def read(self, stream: str) -> list[Message]:
        """Give all that lies on a topic."""
        if stream not in self.readers:
            self.readers[stream] = TopicReader(self.kafka, stream)
        return self.readers[stream].read()

    def poses(self, *, inferred: bool = True) -> list[Poses]:
        """Give the poses so far, per partition in order."""
        found = [read_poses(each.key(), each.value(), each.headers()) for each in self.read(POSES)]
        return [poses for poses in found if poses.inferred == inferred]

    def close(self) -> None:
        """End what still runs."""
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.process.kill()
                worker.process.wait()
        for reading in self.readers.values():
            reading.close()

    def letters(self) -> list[Message]:
        """Give the dead letters so far."""
        return self.read(DEAD_LETTERS)
