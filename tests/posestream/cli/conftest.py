"""The command as its users start it, a camera that refuses, clips and broken files."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import av
import numpy as np
import pytest
import structlog

from posestream import cli

POSESTREAM = Path(sys.executable).with_name("posestream")


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of the children: their start is quick from the second on."""
    compiled = {"PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("compiled")), "PYTHONWARNINGS": "error"}
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return inherited | compiled


@pytest.fixture
def posestream(environment: dict[str, str], tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """``posestream(*words, **variables)`` runs the command in ``tmp_path``; no traceback ever comes of it."""

    def run(*words: object, **variables: str) -> "subprocess.CompletedProcess[str]":
        command = [str(POSESTREAM), *map(str, words)]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment | variables, capture_output=True, text=True, timeout=120, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., "subprocess.CompletedProcess[str]"]]:
    """``call(*words, **variables)``: as ``posestream``, but in this process: for tables of many mistakes."""

    def run(*words: object, **variables: str) -> "subprocess.CompletedProcess[str]":
        monkeypatch.chdir(tmp_path)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["posestream", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return subprocess.CompletedProcess(sys.argv, ended.value.code, said.out, said.err)

    yield run
    structlog.reset_defaults()


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """``start(*words, **variables)`` begins a command whose output goes to out.txt and err.txt; killed if left over."""
    with ExitStack() as stack:

        def begin(*words: object, **variables: str) -> "subprocess.Popen[str]":
            out, err = (stack.enter_context((tmp_path / name).open("w")) for name in ("out.txt", "err.txt"))
            command = [str(POSESTREAM), *map(str, words)]
            process = subprocess.Popen(
                command, cwd=tmp_path, env=environment | variables, stdout=out, stderr=err, text=True
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        yield begin


@pytest.fixture
def one_line() -> Callable[["subprocess.CompletedProcess[str]"], str]:
    """``one_line(done)`` gives the only line that a failed command wrote, without its "posestream: "."""

    def only(done: "subprocess.CompletedProcess[str]") -> str:
        assert done.stdout == ""
        lines = done.stderr.splitlines()
        assert len(lines) == 1, done.stderr
        assert lines[0].startswith("posestream: ")
        return lines[0].removeprefix("posestream: ")

    return only


@pytest.fixture
def no_models(tmp_path: Path) -> dict[str, str]:
    """Variables for a machine on which no model was pulled."""
    return {"POSESTREAM_CACHE": str(tmp_path / "no-cache")}


@pytest.fixture
def make_clip(tmp_path: Path) -> Callable[..., Path]:
    """``make_clip(name, frames)``: a small clip of noise in which nobody is."""

    def make(name: str = "clip.mp4", frames: int = 5) -> Path:
        path, noise = tmp_path / name, np.random.default_rng(1)
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mjpeg" if name.endswith("avi") else "libx264", rate=25)
            stream.width, stream.height = 160, 120
            stream.pix_fmt = "yuvj420p" if name.endswith("avi") else "yuv420p"
            for _ in range(frames):
                pixels = noise.integers(90, 110, (120, 160, 3), np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
            container.mux(stream.encode())
        return path

    return make


@pytest.fixture
def refusing_camera() -> Iterator[int]:
    """The port of an RTSP server that answers every login with 401."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as peers:
        stop = threading.Event()
        thread = threading.Thread(target=_refuse_all, args=(listener, peers, stop))
        thread.start()
        yield int(listener.getsockname()[1])
        stop.set()
        thread.join()


def _refuse_all(listener: socket.socket, peers: ExitStack, stop: threading.Event) -> None:
    listener.settimeout(0.05)
    while not stop.is_set():
        try:
            peer = peers.enter_context(listener.accept()[0])
        except TimeoutError:
            continue
        peer.settimeout(5.0)
        try:
            while data := peer.recv(4096):
                asked = data.decode(errors="ignore").split("\r\n")
                sequence = next((line for line in asked if line.lower().startswith("cseq")), "CSeq: 1")
                peer.sendall(f'RTSP/1.0 401 No\r\n{sequence}\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n'.encode())
        except OSError:
            continue


@pytest.fixture
def wait_for() -> Callable[[Callable[[], object]], None]:
    """``wait_for(condition)`` returns as soon as the condition holds and fails if it never does."""

    def wait(condition: Callable[[], object], seconds: float = 60.0) -> None:
        ends_at = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends_at, "the condition did not come to hold in time"
            time.sleep(0.05)

    return wait
