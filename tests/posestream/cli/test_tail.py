"""``posestream tail`` on a real broker."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from posestream.config import KafkaConfig
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.events import event_headers, write_poses
from posestream.messaging.headers import Headers
from posestream.schemas import Poses

Call = Callable[..., "subprocess.CompletedProcess[str]"]
OneLine = Callable[["subprocess.CompletedProcess[str]"], str]
Start = Callable[..., "subprocess.Popen[str]"]
WaitFor = Callable[[Callable[[], object]], None]


@pytest.fixture
def site(kafka: KafkaConfig, tmp_path: Path) -> KafkaConfig:
    """A broker with all topics, empty, and site.yaml that names it."""
    content = {"bootstrap_servers": kafka.bootstrap_servers, "topic_prefix": kafka.topic_prefix, "partitions": 3}
    (tmp_path / "site.yaml").write_text(json.dumps({"kafka": content}))
    return kafka


def send(kafka: KafkaConfig, stream: str, key: str, value: bytes | None, headers: Headers) -> None:
    producer = Producer(kafka.librdkafka())
    producer.produce(kafka.topic(stream), value, key, headers=headers)
    assert producer.flush(30.0) == 0


@pytest.fixture
def poses(pose_fields: Callable[[int], dict[str, Any]]) -> bytes:
    return write_poses(Poses(**pose_fields(2)))


def test_an_empty_topic_has_an_end(call: Call, site: KafkaConfig) -> None:
    done = call("tail", "poses", "--config", "site.yaml", "--from", "beginning", "--no-follow")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"{site.topic('poses')} from the beginning; Ctrl+C ends it\n"


def test_messages_are_json_lines_where_no_terminal_is(call: Call, site: KafkaConfig, poses: bytes) -> None:
    send(site, "poses", "lobby", poses, event_headers())
    send(site, "poses", "lobby", b"\0\xff", event_headers())
    send(site, "poses", "hall\x1b[2J", None, [])
    done = call("tail", "poses", "--config", "site.yaml", "--from", "beginning", "--no-follow")
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    good, bad = (line for line in lines if line["key"] == "lobby")
    [gone] = (line for line in lines if line["key"] != "lobby")
    assert good["topic"] == site.topic("poses")
    assert good["offset"] == 0
    assert good["at"].startswith("20")
    assert [person["score"] for person in good["content"]["persons"]] == [0.9, 0.5]
    assert bad["content"]["unreadable"].startswith("not a message of this topic")
    assert (bad["content"]["bytes"], bad["content"]["begins"]) == (2, "\\x00\\xff")
    assert (gone["key"], gone["content"]) == ("hall\\x1b[2J", {"deleted": True})


def test_only_a_camera_and_only_so_many(call: Call, site: KafkaConfig, poses: bytes) -> None:
    for key in ("hall", "lobby", "lobby", "lobby", "hall"):
        send(site, "poses", key, poses, event_headers())
    done = call("tail", "poses", "--config", "site.yaml", "--from", "beginning", "--camera", "lobby", "--count", "2")
    assert done.returncode == 0
    assert [json.loads(line)["key"] for line in done.stdout.splitlines()] == ["lobby", "lobby"]


def test_a_full_name_works_and_a_dead_letter_says_why(call: Call, site: KafkaConfig) -> None:
    letter = DeadLetter("too short", "track", site.topic("poses"), 1, 7, b"lobby", b"\0abc", [("a", b"b")])
    send(site, "dead-letters", "lobby", letter.message_value(), letter.message_headers())
    done = call("tail", site.topic("dead-letters"), "--config", "site.yaml", "--from", "beginning", "--count", "1")
    content = json.loads(done.stdout)["content"]
    assert (content["reason"], content["source_offset"], content["begins"]) == ("too short", "7", "\\x00abc")
    assert content["headers"]["original.a"] == "b"


@pytest.mark.parametrize(
    ("topic", "prefix", "code", "line"),
    [
        ("dances", None, 2, "there is no topic 'dances'; there are frames, poses, tracks, alerts, health, control, "),
        ("poses", "unused", 4, "there is no topic unused.poses, or this user may not see it: run 'posestream topics "),
    ],
)
def test_a_topic_that_is_not_there_is_one_line(
    call: Call,
    one_line: OneLine,
    site: KafkaConfig,
    tmp_path: Path,
    topic: str,
    prefix: str | None,
    code: int,
    line: str,
) -> None:
    content = {"bootstrap_servers": site.bootstrap_servers, "topic_prefix": prefix or site.topic_prefix}
    (tmp_path / "site.yaml").write_text(json.dumps({"kafka": content}))
    done = call("tail", topic, "--config", "site.yaml")
    assert done.returncode == code
    assert one_line(done).startswith(line)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_follows_from_the_end_until_a_signal(
    start: Start,
    wait_for: WaitFor,
    site: KafkaConfig,
    poses: bytes,
    tmp_path: Path,
    number: signal.Signals,
    code: int,
) -> None:
    send(site, "poses", "before", poses, event_headers())
    process = start("tail", "poses", "--config", "site.yaml")
    out, err = tmp_path / "out.txt", tmp_path / "err.txt"
    wait_for(lambda: "from the end" in err.read_text())

    def seen() -> bool:
        # The first ones may be sent before it has looked where the end is.
        send(site, "poses", "after", poses, event_headers())
        return bool(out.read_text())

    wait_for(seen)
    process.send_signal(number)
    assert process.wait(20.0) == code
    assert {json.loads(line)["key"] for line in out.read_text().splitlines()} == {"after"}
    assert len(err.read_text().splitlines()) == 1


def test_a_reader_that_goes_ends_it_quietly(site: KafkaConfig, poses: bytes, tmp_path: Path) -> None:
    for _ in range(3):
        send(site, "poses", "lobby", poses, event_headers())
    posestream = Path(sys.executable).with_name("posestream")
    command = [str(posestream), "tail", "poses", "--config", "site.yaml", "--from", "beginning"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert json.loads(process.stdout.readline())["key"] == "lobby"
    process.stdout.close()
    ends_at = time.monotonic() + 60.0
    while process.poll() is None:
        send(site, "poses", "lobby", poses, event_headers())
        assert time.monotonic() < ends_at
    assert process.returncode == 1
    assert process.stderr.read().splitlines() == [f"{site.topic('poses')} from the beginning; Ctrl+C ends it"]
    process.stderr.close()
