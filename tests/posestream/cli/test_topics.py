"""``posestream topics`` against real brokers."""

import json
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., "subprocess.CompletedProcess[str]"]
OneLine = Callable[["subprocess.CompletedProcess[str]"], str]

STREAMS = ["frames", "poses", "tracks", "alerts", "health", "control", "dead-letters"]


@pytest.fixture
def prefix(broker: str, tmp_path: Path) -> str:
    """The prefix of site.yaml, whose broker has no topics of it yet."""
    prefix = f"t{uuid.uuid4().hex[:12]}"
    write_config(tmp_path, bootstrap_servers=broker, topic_prefix=prefix, partitions=2)
    return prefix


def write_config(folder: Path, **kafka: object) -> None:
    (folder / "site.yaml").write_text(json.dumps({"kafka": kafka}))


def test_apply_makes_all_topics_and_then_has_nothing_to_do(call: Call, prefix: str) -> None:
    first = call("topics", "apply", "--config", "site.yaml")
    assert (first.returncode, first.stdout) == (0, "")
    assert first.stderr.splitlines() == [f"made topic {prefix}.{it}: 2 partitions, 1 copies" for it in STREAMS]
    second = call("topics", "apply", "--config", "site.yaml")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "all topics are as wanted\n")


def test_apply_tells_programs_in_json(call: Call, prefix: str) -> None:
    done = call("topics", "apply", "--config", "site.yaml", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "created": [f"{prefix}.{it}" for it in STREAMS],
        "partitions": [],
        "settings": [],
        "refused": [],
        "kept": [],
        "too_small": [],
    }


def test_partitions_go_up_when_asked_for_and_never_down(call: Call, broker: str, prefix: str, tmp_path: Path) -> None:
    call("topics", "apply", "--config", "site.yaml")
    write_config(tmp_path, bootstrap_servers=broker, topic_prefix=prefix, partitions=3)
    refused = call("topics", "apply", "--config", "site.yaml")
    assert refused.returncode == 1
    lines = refused.stderr.splitlines()
    assert len(lines) == 7
    assert all(line.endswith("run 'posestream topics apply --more-partitions'") for line in lines)
    done = call("topics", "apply", "--config", "site.yaml", "--more-partitions")
    assert done.returncode == 0
    assert sorted(done.stderr.splitlines()) == sorted(f"topic {prefix}.{it}: partitions 2 -> 3" for it in STREAMS)
    write_config(tmp_path, bootstrap_servers=broker, topic_prefix=prefix, partitions=2)
    less = call("topics", "apply", "--config", "site.yaml", "--more-partitions", "--shrink")
    assert less.returncode == 1
    assert "Kafka cannot take any away; set kafka.partitions: 3" in less.stderr


def test_a_property_that_is_too_small_is_told_with_what_to_write(
    call: Call, broker: str, prefix: str, tmp_path: Path
) -> None:
    properties = {"message.max.bytes": 1000000}
    write_config(tmp_path, bootstrap_servers=broker, topic_prefix=prefix, partitions=2, properties=properties)
    done = call("topics", "apply", "--config", "site.yaml")
    assert done.returncode == 1
    assert "write 'message.max.bytes: 4325376'" in done.stderr.splitlines()[-1]


def test_show_begins_with_what_is_missing(call: Call, prefix: str) -> None:
    done = call("topics", "show", "--config", "site.yaml")
    assert done.returncode == 1
    assert [line.split() for line in done.stdout.splitlines()][1:] == [[f"{prefix}.{it}", "missing"] for it in STREAMS]
    assert done.stderr.splitlines() == [
        f"topic {prefix}.{it} is missing: run 'posestream topics apply'" for it in STREAMS
    ]


def test_show_is_a_table_of_all_topics(call: Call, prefix: str) -> None:
    call("topics", "apply", "--config", "site.yaml")
    done = call("topics", "show", "--config", "site.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    rows = [" ".join(line.split()).removeprefix(f"{prefix}.") for line in done.stdout.splitlines()]
    assert rows == [
        "topic partitions copies keeps largest cleanup messages behind",
        "frames 2 1 1m 4160 KiB delete 0",
        "poses 2 1 1d 1024 KiB delete 0",
        "tracks 2 1 1d 1024 KiB delete 0",
        "alerts 2 1 30d 1024 KiB delete 0",
        "health 2 1 last of each key 1024 KiB compact 0",
        "control 2 1 last of each key 1024 KiB compact 0",
        "dead-letters 2 1 7d 4224 KiB delete 0",
    ]


def test_show_tells_programs_in_json(call: Call, prefix: str) -> None:
    call("topics", "apply", "--config", "site.yaml")
    done = call("topics", "show", "--config", "site.yaml", "--json")
    content = json.loads(done.stdout)
    assert (content["differs"], content["kept"]) == ([], [])
    assert content["topics"][0] == {
        "name": f"{prefix}.frames",
        "exists": True,
        "partitions": 2,
        "replication": 1,
        "settings": {
            "cleanup.policy": "delete",
            "retention.ms": "60000",
            "retention.bytes": "536870912",
            "segment.ms": "15000",
            "segment.bytes": "67108864",
            "max.message.bytes": "4259840",
        },
        "messages": 0,
        "lags": {},
    }


@pytest.mark.parametrize("command", [["topics", "show"], ["topics", "apply"], ["tail", "poses"]])
@pytest.mark.parametrize(
    ("kafka", "code", "line"),
    [
        (
            {"bootstrap_servers": "127.0.0.1:1"},
            4,
            "Kafka at 127.0.0.1:1 cannot be reached: Connect to ipv4#127.0.0.1:1 failed: Connection refused; ",
        ),
        (
            {"properties": {"sasl.passwort": "CANARY"}},
            2,
            'kafka.properties: No such configuration property: "sasl.passwort"',
        ),
        (
            {"properties": {"security.protocol": "CANARY"}},
            2,
            'kafka.properties: Invalid value "(value of security.protocol)" for configuration property ',
        ),
    ],
)
def test_a_mistake_is_one_line(
    call: Call, one_line: OneLine, tmp_path: Path, command: list[str], kafka: dict[str, object], code: int, line: str
) -> None:
    write_config(tmp_path, **kafka)
    done = call(*command, "--config", "site.yaml")
    assert done.returncode == code
    assert one_line(done).startswith(line)


@pytest.mark.parametrize("command", [["topics", "show"], ["topics", "apply"], ["tail", "poses"]])
def test_a_wrong_password_is_one_line_without_it(
    call: Call,
    one_line: OneLine,
    secured_kafka: Any,  # noqa: ANN401  # loaded by path
    tmp_path: Path,
    command: list[str],
) -> None:
    properties = secured_kafka.login("nobody", "${PW}")
    write_config(tmp_path, bootstrap_servers=secured_kafka.sasl, properties=properties)
    done = call(*command, "--config", "site.yaml", PW="CANARY")
    assert done.returncode == 4
    assert one_line(done).endswith("Invalid username or password; are kafka.properties right?")
    assert "CANARY" not in done.stderr


def test_it_works_over_tls_with_a_password_from_a_file(
    call: Call,
    secured_kafka: Any,  # noqa: ANN401  # loaded by path
    tmp_path: Path,
) -> None:
    login = secured_kafka.login("admin")
    (tmp_path / "password").write_text(login["sasl.password"] + "\n")
    properties = login | {
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": str(secured_kafka.authority),
        "sasl.password": "${KAFKA_PASSWORD}",
    }
    write_config(tmp_path, bootstrap_servers=secured_kafka.tls, topic_prefix="tls", properties=properties)
    file = {"KAFKA_PASSWORD_FILE": str(tmp_path / "password")}
    assert call("topics", "apply", "--config", "site.yaml", **file).returncode == 0
    shown = call("topics", "show", "--config", "site.yaml", **file)
    assert (shown.returncode, shown.stderr) == (0, "")
