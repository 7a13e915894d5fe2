"""The whole product as its user starts it, and real footage for it."""

import http.client
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import pytest

POSESTREAM = Path(sys.executable).with_name("posestream")
WAIT_SECONDS = 90.0


def wait_until(condition: Callable[[], Any], what: str, seconds: float = WAIT_SECONDS) -> Any:  # noqa: ANN401  # its answer
    """Give the condition's first true answer; fails when there is none in time."""
    ends_at = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < ends_at, f"waited in vain for: {what}"
        time.sleep(0.05)
    return answer


class Live:
    """A running ``posestream run`` in a process session of its own."""

    def __init__(self, words: tuple[object, ...], folder: Path, environment: dict[str, str]) -> None:
        self._log = folder / "run.log"
        self.database = folder / "data" / "posestream.db"
        command = [str(POSESTREAM), "run", *map(str, words), "--port", "0", "--data", str(folder / "data")]
        with self._log.open("w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
        self.address = ""

    def wait_for_page(self) -> None:
        found = wait_until(
            lambda: self._alive() and re.search(r"Open (http://\S+/) ", self.log()), "the page's address"
        )
        self.address = found[1]

    def log(self) -> str:
        return self._log.read_text()

    def camera(self) -> dict[str, Any]:
        """What the page says of the only camera; empty before there is anything to say."""
        assert self._alive()
        with urllib.request.urlopen(f"{self.address}api/v1/cameras", timeout=30) as answer:  # noqa: S310  # our own page
            cameras = json.load(answer)["cameras"]
        return cameras[0] if cameras else {}

    def wait_for_camera(self, wanted: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """Give the camera's figures once they are as wanted."""

        def look() -> dict[str, Any] | None:
            camera = self.camera()
            return camera if camera and wanted(camera) else None

        found: dict[str, Any] = wait_until(look, what)
        return found

    def events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The server-sent events from now on; ends by a time-out of the socket."""
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=60)
        try:
            connection.request("GET", "/api/v1/events")
            name = ""
            for raw in connection.getresponse():
                field, _, value = raw.decode().strip().partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    yield name, json.loads(value)
        finally:
            connection.close()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the store's file, as another program would."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def _alive(self) -> bool:
        assert self.process.poll() is None, self.log()
        return True


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of the children: their start is quick from the second on."""
    compiled = {"PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("compiled"))}
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | compiled


@pytest.fixture
def live(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Live]]:
    """``live(*words)``: a running ``posestream run``, its page answers; all of its processes are killed after."""
    with ExitStack() as stack:

        def start(*words: object) -> Live:
            running = Live(words, tmp_path, environment)
            stack.callback(running.process.wait)
            stack.callback(kill_session, running.process.pid)
            running.wait_for_page()
            return running

        yield start


@pytest.fixture(scope="session")
def analyze(environment: dict[str, str]) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """``analyze(clip, folder, *words)`` runs ``posestream analyze``."""

    def run(clip: Path, folder: Path, *words: object) -> "subprocess.CompletedProcess[str]":
        command = [str(POSESTREAM), "analyze", str(clip), "--out", str(folder), *map(str, words)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def session_of() -> Callable[[int], list[int]]:
    """``session_of(leader)``: the processes of that session that still run."""
    return processes_of_session


def processes_of_session(leader: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:  # it ended meanwhile
            continue
        if int(session) == leader and state != "Z":
            found.append(int(stat.parent.name))
    return found


def kill_session(leader: int) -> None:
    for process in processes_of_session(leader):
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue


@pytest.fixture(scope="session")
def cctv_cut(testdata: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, int], Path]:
    """``cctv_cut(first, last)``: these frames of the CCTV clip as H.264, 10 a second, as a camera would send them."""

    def cut(first: int, last: int) -> Path:
        path = tmp_path_factory.mktemp("cctv") / "cctv.mp4"
        with av.open(str(testdata / "videos" / "vtest.avi")) as source, av.open(str(path), "w") as target:
            options = {"g": "10", "bf": "0", "preset": "veryfast", "crf": "20"}
            stream = target.add_stream("libx264", rate=10, options=options)
            stream.width, stream.height, stream.pix_fmt = 768, 576, "yuv420p"
            for index, picture in enumerate(source.decode(video=0)):
                if index > last:
                    break
                if index >= first:
                    picture.pts = None
                    target.mux(stream.encode(picture.reformat(format="yuv420p")))
            target.mux(stream.encode())
        return path

    return cut
