"""What all commands share: one line per mistake, its exit code, no traceback, no secret."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., "subprocess.CompletedProcess[str]"]
OneLine = Callable[["subprocess.CompletedProcess[str]"], str]
POSESTREAM = Path(sys.executable).with_name("posestream")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["run", "--nope"], "No such option: --nope (see --help)"),
        (["analyze", "clip.mp4"], "Missing option '--out'. (see --help)"),
        (["analyze", "clip.mp4", "--out", "o", "--every", "0"], "Invalid value for '--every': "),
        (["run", "--port", "70000"], "Invalid value for '--port': "),
        # Somebody forgot the word "run".
        (["rtsp://admin:CANARY@10.0.0.7/x"], "No such command 'rtsp://***@10.0.0.7/x'. (see --help)"),
        (["config", "check", "rtsp://admin:CANARY@10.0.0.7/x"], "rtsp:/***@10.0.0.7/x: cannot read the config: "),
    ],
)
def test_a_wrong_call_is_one_line(call: Call, one_line: OneLine, words: list[str], wanted: str) -> None:
    done = call(*words)
    assert done.returncode == 2
    line = one_line(done)
    assert line.startswith(wanted)
    assert "CANARY" not in line


@pytest.mark.parametrize("words", [[], ["models"]])
def test_without_a_command_the_help_is_shown(call: Call, words: list[str]) -> None:
    done = call(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: posestream ")


def test_the_real_thing_says_the_same(posestream: Call, one_line: OneLine) -> None:
    done = posestream("analyze", "--nope")
    assert (done.returncode, one_line(done)) == (2, "No such option: --nope (see --help)")


def test_output_that_cannot_be_written(environment: dict[str, str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [POSESTREAM, "config", "schema"], env=environment, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (1, b"posestream: output: No space left on device\n")


def test_a_reader_that_goes_away_is_no_reason_to_complain(environment: dict[str, str]) -> None:
    with subprocess.Popen(
        [POSESTREAM, "config", "schema"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1
