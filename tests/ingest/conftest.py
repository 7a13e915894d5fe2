"""Clips made on the spot, fake cameras that misbehave, the service as a process, and what it left on its topics."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import av
import numpy as np
import pytest
import yaml
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition
from numpy.typing import NDArray

from posestream.config import KafkaConfig
from posestream.messaging.clients import made, reader
from posestream.messaging.frame_message import FrameMessage, read_frame
from posestream.messaging.health_message import Health, read_health
from posestream.messaging.topics import FRAMES, HEALTH

POSESTREAM = Path(sys.executable).with_name("posestream")
WAIT_SECONDS = 30.0


def scene(index: int, width: int, height: int) -> NDArray[np.uint8]:
    """A picture (H, W, 3) whose grey tells its index, with a bar that moves and a patch of noise."""
    pixels = np.full((height, width, 3), 40 + index % 150, np.uint8)
    left = index * 3 % width
    pixels[:, left : left + width // 16 + 1] = (200, 60, 30)
    noise = np.random.default_rng(index).integers(0, 255, (height // 4, width // 4, 3), np.uint8)
    pixels[: height // 4, : width // 4] = noise
    return pixels


@pytest.fixture
def make_clip(tmp_path: Path) -> Callable[..., Path]:
    """Factory of clips: ``make_clip(name, frames=…, size=…, codec=…, pixel_format=…, rate=…, muxer=…)``."""

    def make(
        name: str = "clip.mp4",
        frames: int = 50,
        size: tuple[int, int] = (160, 120),
        codec: str = "libx264",
        pixel_format: str = "yuv420p",
        rate: int = 25,
        muxer: dict[str, str] | None = None,
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), "w", options=muxer or {}) as container:
            options = {"g": "10", "bf": "2", "preset": "ultrafast"} if codec == "libx264" else {}
            stream = container.add_stream(codec, rate=rate, options=options)
            stream.width, stream.height = size
            stream.pix_fmt = pixel_format
            for index in range(frames):
                picture = av.VideoFrame.from_ndarray(scene(index, *size), "rgb24").reformat(format=pixel_format)
                container.mux(stream.encode(picture))
            container.mux(stream.encode())
        return path

    return make


@pytest.fixture
def wait_for() -> Callable[[Callable[[], object]], None]:
    """``wait_for(condition)`` returns as soon as the condition holds and fails if it never does."""

    def wait(condition: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
        ends_at = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends_at, "the condition did not come to hold in time"
            time.sleep(0.01)

    return wait


@pytest.fixture
def fake_camera() -> Iterator[Callable[[str], int]]:
    """``fake_camera(mode)`` gives the port of a peer: ``hole`` says nothing, ``close`` hangs up, a number refuses."""
    with ExitStack() as stack:

        def start(mode: str) -> int:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            stop = threading.Event()
            server = threading.Thread(target=_serve, args=(listener, mode, stop))
            stack.callback(server.join)
            stack.callback(stop.set)
            server.start()
            return int(listener.getsockname()[1])

        yield start


def _serve(listener: socket.socket, mode: str, stop: threading.Event) -> None:
    listener.settimeout(0.05)
    with ExitStack() as kept:
        while not stop.is_set():
            try:
                peer, _ = listener.accept()
            except TimeoutError:
                continue
            if mode == "close":
                peer.close()
                continue
            kept.enter_context(peer)
            if mode != "hole":
                _refuse(peer, mode)


def _refuse(peer: socket.socket, status: str) -> None:
    peer.settimeout(5.0)
    try:
        while data := peer.recv(4096):
            lines = data.decode(errors="ignore").split("\r\n")
            sequence = next((line for line in lines if line.lower().startswith("cseq")), "CSeq: 1")
            answer = f'RTSP/1.0 {status} No\r\n{sequence}\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n'
            peer.sendall(answer.encode())
    except OSError:
        return


def topic_messages(kafka: KafkaConfig, stream: str) -> list[Message]:
    """Everything that lies on a topic now, in the order of its partitions."""
    consumer = made(Consumer, reader(kafka, "test", beginning=True))
    found: list[Message] = []
    try:
        for partition in range(kafka.partitions):
            place = TopicPartition(kafka.topic(stream), partition, OFFSET_BEGINNING)
            first, end = _bounds(consumer, place)
            consumer.assign([place])
            ends_at = time.monotonic() + WAIT_SECONDS
            while first < end:
                assert time.monotonic() < ends_at, f"{kafka.topic(stream)} cannot be read"
                message = consumer.poll(0.5)
                if message is not None and message.error() is None:
                    found.append(message)
                    first = int(message.offset() or 0) + 1
    finally:
        consumer.close()
    return found


def _bounds(consumer: Consumer, place: TopicPartition) -> tuple[int, int]:
    """First and next offset of a partition; one that was just made may have no leader yet."""
    ends_at = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            first, end = consumer.get_watermark_offsets(place, timeout=10.0)
        except KafkaException:
            assert time.monotonic() < ends_at, f"{place} cannot be read"
            time.sleep(0.1)
        else:
            return first, end


@pytest.fixture
def frames_on() -> Callable[[KafkaConfig], list[FrameMessage]]:
    """``frames_on(kafka)`` reads all frames and beats that lie on the frames topic now, in order per camera."""

    def read(kafka: KafkaConfig) -> list[FrameMessage]:
        return [read_frame(it.key(), it.value(), it.headers()) for it in topic_messages(kafka, FRAMES)]  # type: ignore[arg-type]

    return read


@pytest.fixture
def health_on() -> Callable[[KafkaConfig], list[Health]]:
    """``health_on(kafka)`` reads all that lies on the health topic now."""

    def read(kafka: KafkaConfig) -> list[Health]:
        return [read_health(it.key(), it.value(), it.headers()) for it in topic_messages(kafka, HEALTH)]  # type: ignore[arg-type]

    return read


class Ingest:
    """A running ``posestream ingest``."""

    def __init__(self, folder: Path, kafka: KafkaConfig, config: dict[str, object], words: tuple[str, ...]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._kafka, self._config = kafka, folder / "config.yaml"
        self.write(config)
        self._log = folder / "ingest.log"
        command = [str(POSESTREAM), "ingest", "--config", str(self._config), "--worker-id", "w1", *words]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)

    def write(self, config: dict[str, object]) -> None:
        """Write the config file, anew too: the service follows it."""
        kafka = self._kafka
        own = {"bootstrap_servers": kafka.bootstrap_servers, "topic_prefix": kafka.topic_prefix, "partitions": 3}
        whole = {"metrics": {"ports": {"ingest": 0}}, **config, "kafka": own | dict(config.get("kafka", {}))}  # type: ignore[call-overload]
        self._config.write_text(yaml.safe_dump(whole))

    def log(self) -> str:
        """All that it has said."""
        return self._log.read_text()

    def ended(self) -> int:
        """Wait for its end; gives the exit code."""
        return self.process.wait(3 * WAIT_SECONDS)

    def stop(self) -> int:
        """Ask for the end as a supervisor does; gives the exit code."""
        self.process.terminate()
        return self.ended()


@pytest.fixture
def ingest(tmp_path: Path) -> Iterator[Callable[..., Ingest]]:
    """``ingest(kafka, config, *words)`` starts the service; it is killed at the end if it still runs."""
    with ExitStack() as stack:
        number = 0

        def start(kafka: KafkaConfig, config: dict[str, object], *words: str) -> Ingest:
            nonlocal number
            number += 1
            running = Ingest(tmp_path / f"ingest{number}", kafka, config, words)
            stack.callback(running.process.wait)
            stack.callback(running.process.kill)
            return running

        yield start
