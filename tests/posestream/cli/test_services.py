"""The commands of the services: what they refuse before they begin."""

import importlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from posestream.cli.services import SERVICES

Call = Callable[..., "subprocess.CompletedProcess[str]"]
OneLine = Callable[["subprocess.CompletedProcess[str]"], str]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_a_command_and_there(call: Call, name: str) -> None:
    done = call(name, "--help")
    assert done.returncode == 0
    assert all(option in done.stdout for option in ("--config", "--data", "--worker-id", "--metrics-port"))
    module, _, function = SERVICES[name].partition(":")
    assert callable(getattr(importlib.import_module(module), function))


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "Missing option '--config'. (see --help)"),
        (("--config", "none.yaml"), "none.yaml: cannot read the config: No such file or directory"),
        (
            ("--config", "site.yaml", "--worker-id", "a b"),
            "--worker-id: wanted 1 to 64 letters, digits and _ . -, a letter or digit first, got 'a b'",
        ),
        (("--config", "site.yaml", "--worker-id", ""), "--worker-id: wanted 1 to 64 letters, digits and _ . -, "),
        (("--config", "site.yaml", "--worker-id", "a\nb"), "--worker-id: wanted 1 to 64 letters, digits and _ . -, "),
        (("--config", "site.yaml", "--metrics-port", "70000"), "Invalid value for '--metrics-port': "),
    ],
)
def test_a_mistake_is_one_line(
    call: Call, one_line: OneLine, tmp_path: Path, name: str, words: tuple[str, ...], line: str
) -> None:
    (tmp_path / "site.yaml").write_text("cameras: [{id: lobby, url: 'file:clip.mp4'}]\n")
    done = call(name, *words)
    assert done.returncode == 2
    assert one_line(done).startswith(line)
