"""The code that protoc makes is committed: it must be what events.proto gives today."""

import subprocess
import sys
from pathlib import Path

MADE = ("events_pb2.py", "events_pb2.pyi")


def protoc(root: Path, out: Path) -> list[str]:
    """Give the command of `make proto`, writing to ``out``."""
    recipe = next(line for line in (root / "Makefile").read_text("utf-8").splitlines() if "grpc_tools.protoc" in line)
    words = recipe.strip().removeprefix("@").split()
    folders = {"--python_out": out, "--pyi_out": out}
    return [
        sys.executable,
        *(f"{name}={folders[name]}" if (name := word.partition("=")[0]) in folders else word for word in words[1:]),
    ]


def test_the_committed_code_is_current(root: Path, tmp_path: Path) -> None:
    done = subprocess.run(protoc(root, tmp_path), cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(MADE)
    folder = root / "posestream" / "messaging" / "proto"
    stale = [name for name in MADE if (tmp_path / name).read_text("utf-8") != (folder / name).read_text("utf-8")]
    assert stale == [], "run 'make proto'"
