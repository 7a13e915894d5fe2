import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from posestream.config import Config, parse_config

Call = Callable[..., "subprocess.CompletedProcess[str]"]
OneLine = Callable[["subprocess.CompletedProcess[str]"], str]

GOOD = "cameras: [{id: lobby, url: 'rtsp://u:${PW}@10.0.0.7/x'}]\n"


def test_the_example_is_good_once_its_password_is_there(posestream: Call, one_line: OneLine, tmp_path: Path) -> None:
    example = posestream("config", "example")
    assert (example.returncode, example.stderr) == (0, "")
    (tmp_path / "example.yaml").write_text(example.stdout)
    good = posestream("config", "check", "example.yaml", LOBBY_PASSWORD="CANARY")  # noqa: S106  # a canary
    assert (good.returncode, good.stdout, good.stderr) == (0, "", "example.yaml: good (1 cameras, 6 rules)\n")
    missing = posestream("config", "check", "example.yaml")
    assert missing.returncode == 2
    assert one_line(missing) == "example.yaml: cameras[0].url: the environment variable LOBBY_PASSWORD is not set"


def test_the_example_of_the_services_is_what_holds_without_it(posestream: Call) -> None:
    example = parse_config(posestream("config", "example").stdout, "example", {"LOBBY_PASSWORD": "x"})
    defaults = Config()
    assert (example.kafka, example.archive, example.metrics) == (defaults.kafka, defaults.archive, defaults.metrics)


def test_what_stands_in_the_examples_comments_is_good_too(posestream: Call) -> None:
    text = posestream("config", "example").stdout.replace("store: {kind: sqlite", "# ")
    secrets = {"LOBBY_PASSWORD": "x", "INFLUX_TOKEN": "t", "KAFKA_PASSWORD": "p"}
    config = parse_config(re.sub(r"(?m)^( *)# (store: |properties:| {2}\w[\w.]+: )", r"\1\2", text), "example", secrets)
    assert config.store.kind == "influxdb"
    assert config.kafka.librdkafka()["sasl.password"] == "p"


def test_the_schema_is_json_and_knows_all_sections(posestream: Call) -> None:
    done = posestream("config", "schema")
    assert (done.returncode, done.stderr) == (0, "")
    one_machine = {"site", "cameras", "rules", "model", "store", "serve"}
    services = {"kafka", "archive", "metrics"}
    assert set(json.loads(done.stdout)["properties"]) == one_machine | services


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (GOOD.replace("rtsp", "ftp"), "cameras[0].url: 'ftp:' is no source that posestream opens"),
        (GOOD + "rules: [{id: in, kind: zone, zone: door}]", "rules[0].zone: no camera has a zone 'door'"),
    ],
)
def test_a_mistake_is_one_line_with_file_and_key_and_no_password(
    call: Call, one_line: OneLine, tmp_path: Path, text: str, wanted: str
) -> None:
    (tmp_path / "site.yaml").write_text(text)
    done = call("config", "check", "site.yaml", PW="CANARY")
    assert done.returncode == 2
    line = one_line(done)
    assert line.startswith(f"site.yaml: {wanted}")
    assert "CANARY" not in line


def test_a_preset_that_nobody_knows_is_told_before_the_start(
    call: Call, one_line: OneLine, tmp_path: Path, no_models: dict[str, str]
) -> None:
    (tmp_path / "c.yaml").write_text("model: {preset: best}\n")
    done = call("config", "check", "c.yaml", **no_models)
    assert done.returncode == 2
    assert one_line(done).startswith("c.yaml: model.preset: unknown preset 'best': there are fast, accurate")


def test_two_mistakes_are_two_lines(call: Call, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("cameras: [{id: a b, url: x, fps: fast}]")
    done = call("config", "check", "site.yaml")
    assert done.returncode == 2
    assert [line.split(": ")[2] for line in done.stderr.splitlines()] == ["cameras[0].id", "cameras[0].fps"]
