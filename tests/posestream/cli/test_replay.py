import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Message, TopicPartition

from posestream.cli.replay import parse_speed
from posestream.config import KafkaConfig
from posestream.errors import UsageError
from posestream.messaging.clients import reader
from posestream.schemas import FrameStamp, Poses, TimeSource
from posestream.skeletons import COCO17
from sinks.parquet_files import add_rows
from sinks.parquet_tables import to_table

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A thousand seconds of one camera."""
    events = []
    for index in range(1000):
        stamp = FrameStamp("lobby", 0, index, float(index), index * 10**9, TimeSource.FILE, 320, 240)
        events.append((index, Poses.empty(stamp, COCO17, "test")))
    add_rows(tmp_path / "rec", 0, to_table("poses", events))
    return tmp_path / "rec"


@pytest.fixture
def config(tmp_path: Path, kafka: KafkaConfig) -> Path:
    text = f"kafka: {{bootstrap_servers: '{kafka.bootstrap_servers}', topic_prefix: {kafka.topic_prefix}}}\n"
    (tmp_path / "config.yaml").write_text(text)
    return tmp_path / "config.yaml"


def test_as_fast_as_it_goes(posestream: Run, recording: Path, config: Path, kafka: KafkaConfig) -> None:
    done = posestream("replay", recording, "--config", config, "--speed", "max", "--from", "1970-01-01T00:10:00Z")
    assert (done.returncode, done.stdout) == (0, "")
    assert f"400 events sent to {kafka.topic('poses')}" in done.stderr


def test_ctrl_c_ends_it_and_what_was_counted_is_there(
    start: Callable[..., "subprocess.Popen[str]"], recording: Path, config: Path, kafka: KafkaConfig, tmp_path: Path
) -> None:
    process = start("replay", recording, "--config", config, "--speed", "20")
    consumer = Consumer(reader(kafka, "test", beginning=True))
    consumer.assign([TopicPartition(kafka.topic("poses"), number, 0) for number in range(kafka.partitions)])
    ends_at = time.monotonic() + 60
    there = 0
    while there < 3:
        assert time.monotonic() < ends_at
        there += is_event(consumer.poll(1.0))
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    while (message := consumer.poll(3.0)) is not None:
        there += is_event(message)
    consumer.close()
    assert there < 1000
    assert f"{there} events sent to" in (tmp_path / "err.txt").read_text()


def is_event(message: Message | None) -> bool:
    return message is not None and message.error() is None


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nowhere"], 3, "nowhere: there is no such file or folder"),
        (["rec", "--stream", "tracks"], 3, "no recorded tracks in there"),
        (["rec", "--speed", "0"], 2, "--speed: wanted 'max' or a number"),
        (["rec", "--as", "../x"], 2, "--as: wanted 1 to 64 letters"),
        (["rec", "--from", "yesterday"], 2, "--from: wanted a time like"),
        (["rec"], 4, "Kafka at 127.0.0.1:9 cannot be reached"),
        ([], 2, "FILE"),
    ],
)
def test_mistakes_are_one_line_and_a_code(
    call: Run, recording: Path, tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    assert recording.is_dir()
    (tmp_path / "config.yaml").write_text("kafka: {bootstrap_servers: '127.0.0.1:9'}\n")
    done = call("replay", *words, "--config", "config.yaml")
    assert done.returncode == code
    assert said in done.stderr


@pytest.mark.parametrize(("text", "speed"), [("1", 1.0), ("0.5", 0.5), ("max", None), ("1e6", 1e6)])
def test_speeds(text: str, speed: float | None) -> None:
    assert parse_speed(text) == speed


@pytest.mark.parametrize("text", ["", "0", "-1", "nan", "inf", "fast", "1e9"])
def test_what_is_no_speed(text: str) -> None:
    with pytest.raises(UsageError, match="--speed: wanted"):
        parse_speed(text)
