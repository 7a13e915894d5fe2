"""Clips made on the spot, fake cameras that misbehave, and a wait on conditions."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

WAIT_SECONDS = 30.0


def scene(index: int, width: int, height: int) -> NDArray[np.uint8]:
    """A picture (H, W, 3) whose grey tells its index, with a bar that moves and a patch of noise."""
    pixels = np.full((height, width, 3), 40 + index % 150, np.uint8)
    left = index * 3 % width
    pixels[:, left : left + width // 16 + 1] = (200, 60, 30)
    noise = np.random.default_rng(index).integers(0, 255, (height // 4, width // 4, 3), np.uint8)
    pixels[: height // 4, : width // 4] = noise
    return pixels


@pytest.fixture
def make_clip(tmp_path: Path) -> Callable[..., Path]:
    """Factory of clips: ``make_clip(name, frames=…, size=…, codec=…, pixel_format=…, rate=…, muxer=…)``."""

    def make(
        name: str = "clip.mp4",
        frames: int = 50,
        size: tuple[int, int] = (160, 120),
        codec: str = "libx264",
        pixel_format: str = "yuv420p",
        rate: int = 25,
        muxer: dict[str, str] | None = None,
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), "w", options=muxer or {}) as container:
            options = {"g": "10", "bf": "2", "preset": "ultrafast"} if codec == "libx264" else {}
            stream = container.add_stream(codec, rate=rate, options=options)
            stream.width, stream.height = size
            stream.pix_fmt = pixel_format
            for index in range(frames):
                picture = av.VideoFrame.from_ndarray(scene(index, *size), "rgb24").reformat(format=pixel_format)
                container.mux(stream.encode(picture))
            container.mux(stream.encode())
        return path

    return make


@pytest.fixture
def wait_for() -> Callable[[Callable[[], object]], None]:
    """``wait_for(condition)`` returns as soon as the condition holds and fails if it never does."""

    def wait(condition: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
        ends_at = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends_at, "the condition did not come to hold in time"
            time.sleep(0.01)

    return wait


@pytest.fixture
def fake_camera() -> Iterator[Callable[[str], int]]:
    """``fake_camera(mode)`` gives the port of a peer: ``hole`` says nothing, ``close`` hangs up, a number refuses."""
    with ExitStack() as stack:

        def start(mode: str) -> int:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            stop = threading.Event()
            server = threading.Thread(target=_serve, args=(listener, mode, stop))
            stack.callback(server.join)
            stack.callback(stop.set)
            server.start()
            return int(listener.getsockname()[1])

        yield start


def _serve(listener: socket.socket, mode: str, stop: threading.Event) -> None:
    listener.settimeout(0.05)
    with ExitStack() as kept:
        while not stop.is_set():
            try:
                peer, _ = listener.accept()
            except TimeoutError:
                continue
            if mode == "close":
                peer.close()
                continue
            kept.enter_context(peer)
            if mode != "hole":
                _refuse(peer, mode)


def _refuse(peer: socket.socket, status: str) -> None:
    peer.settimeout(5.0)
    try:
        while data := peer.recv(4096):
            lines = data.decode(errors="ignore").split("\r\n")
            sequence = next((line for line in lines if line.lower().startswith("cseq")), "CSeq: 1")
            answer = f'RTSP/1.0 {status} No\r\n{sequence}\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n'
            peer.sendall(answer.encode())
    except OSError:
        return
