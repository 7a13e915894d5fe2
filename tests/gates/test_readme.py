"""What is written is run: Python blocks of the README work, its commands and files exist."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import typer.main

from posestream.cli import app

SAMPLE = """
# A title
```python
x = 20
```
text
```python
assert x + 1 == 21
```
```console
$ posestream analyze clip.mp4 --out results | head
frame 1
$ make run CAMERA=rtsp://cam/x
```
```sh
posestream dance
make breakfast
```
"""


def blocks(text: str, *languages: str) -> list[str]:
    """Give the contents of the fenced blocks of these languages."""
    fences = re.finditer(r"^```(\w+)[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [fence[2] for fence in fences if fence[1] in languages]


def commands(text: str, program: str) -> list[list[str]]:
    """Give the words behind each call of a program in console and sh blocks."""
    lines = [line.strip() for block in blocks(text, "console", "sh", "bash") for line in block.splitlines()]
    calls = [re.match(rf"^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?{program}((?: [^|>&#]*)?)", line) for line in lines]
    return [call[1].split() for call in calls if call]


def unknown_command(words: list[str]) -> str | None:
    """Say which word of a call of posestream names no command or option."""
    command: object = typer.main.get_command(app)
    for word in words:
        if word.startswith("--"):
            known = {name for option in getattr(command, "params", []) for name in option.opts + option.secondary_opts}
            if word.split("=")[0] not in known | {"--help"}:
                return word
        elif isinstance(command, click.Group) or hasattr(command, "commands"):
            command = getattr(command, "commands").get(word)  # noqa: B009  # typer's own Group or click's
            if command is None:
                return word
    return None


def unknown_targets(text: str, makefile: str) -> list[str]:
    """Give the make targets that the text names and the Makefile does not have."""
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    named = [word for words in commands(text, "make") for word in words[:1] if "=" not in word]
    return [word for word in named if word not in targets]


def run_python(text: str, place: Path) -> subprocess.CompletedProcess[str]:
    """Run all Python blocks of a text, one after the other in one process."""
    program = "\n".join(blocks(text, "python"))
    return subprocess.run([sys.executable, "-"], input=program, cwd=place, capture_output=True, text=True, check=False)


def test_the_gate_reads_a_sample(tmp_path: Path) -> None:
    assert run_python(SAMPLE, tmp_path).returncode == 0
    assert run_python(SAMPLE.replace("21", "22"), tmp_path).returncode == 1
    assert commands(SAMPLE, "posestream") == [["analyze", "clip.mp4", "--out", "results"], ["dance"]]
    assert [unknown_command(words) for words in commands(SAMPLE, "posestream")] == [None, "dance"]
    assert unknown_command(["analyze", "clip.mp4", "--outt", "x"]) == "--outt"
    assert unknown_targets(SAMPLE, ".PHONY: run\nrun: setup\n\tx\n") == ["breakfast"]


@pytest.fixture(scope="module", params=["README.md", "CONTRIBUTING.md", "docs/kafka.md", "docs/models.md"])
def document(request: pytest.FixtureRequest, root: Path) -> str:
    return (root / str(request.param)).read_text(encoding="utf-8")


def test_python_blocks_run(document: str, tmp_path: Path) -> None:
    run = run_python(document, tmp_path)
    assert run.returncode == 0, run.stderr


def test_commands_exist(document: str) -> None:
    assert [word for words in commands(document, "posestream") if (word := unknown_command(words))] == []


def test_make_targets_exist(document: str, root: Path) -> None:
    assert unknown_targets(document, (root / "Makefile").read_text(encoding="utf-8")) == []


def test_links_to_files_lead_somewhere(document: str, root: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", document)
    assert [link for link in links if not (root / link).exists()] == []
