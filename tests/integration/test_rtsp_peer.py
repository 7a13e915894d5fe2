"""The fake camera of other tests: it serves real pictures, breaks on request, and leaves nothing behind."""

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import av
import numpy as np
import pytest

from ingest.container import guarded
from ingest.deadlines import LiveDeadlines
from ingest.opening import open_live
from ingest.source import parse_source
from posestream.errors import AccessRefused, InputError

PASSWORD = "p@ss:w/o#r?d% \u00fc"  # noqa: S105  # of a camera that is not
SIZE = (160, 128)


@pytest.fixture
def test_clip(tmp_path: Path) -> Callable[..., Path]:
    """``test_clip(codec)``: two seconds of noise."""

    def make(codec: str = "libx264") -> Path:
        path, noise = tmp_path / f"{codec}.mkv", np.random.default_rng(1)
        options = {"libx264": {"g": "10", "bf": "2"}, "libx265": {"x265-params": "log-level=none:keyint=10"}}
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=25, options=options.get(codec, {}))
            stream.width, stream.height = SIZE
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            for _ in range(50):
                pixels = noise.integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
            container.mux(stream.encode())
        return path

    return make


def first_sizes(address: str, count: int, seconds: float = 5.0) -> list[tuple[int, int]]:
    deadlines = LiveDeadlines(open_s=seconds, first_frame_s=seconds, next_frame_s=seconds)
    with open_live(parse_source(address), deadlines) as container:
        frames = container.decode(video=0)
        pictures = [guarded(lambda: next(frames), "camera", camera=True) for _ in range(count)]
        return [(picture.width, picture.height) for picture in pictures]


@pytest.mark.parametrize("codec", ["libx264", "libx265", "mjpeg"])
def test_real_pictures_come(rtsp_peer: Callable[..., Any], test_clip: Callable[..., Path], codec: str) -> None:
    peer = rtsp_peer(test_clip(codec))
    assert first_sizes(peer.url(), 12) == [SIZE] * 12
    assert peer.frames_sent >= 12


@pytest.mark.parametrize("digest", [False, True])
def test_a_login_is_wanted(rtsp_peer: Callable[..., Any], test_clip: Callable[..., Path], *, digest: bool) -> None:
    peer = rtsp_peer(test_clip(), login=("admin", PASSWORD), digest=digest)
    assert len(first_sizes(peer.url(), 2)) == 2
    for wrong in (peer.url(bare=True), peer.url(login=("admin", "other"))):
        with pytest.raises(AccessRefused):
            first_sizes(wrong, 1)


@pytest.mark.parametrize("fault", ["reset", "close", "hole", "stall", "gone", "404", "500", "wrong codec"])
def test_it_breaks_and_mends(rtsp_peer: Callable[..., Any], test_clip: Callable[..., Path], fault: str) -> None:
    peer = rtsp_peer(test_clip())
    peer.break_with(fault)
    with pytest.raises((InputError, IndexError, StopIteration)):
        first_sizes(peer.url(), 1, seconds=1.0)
    peer.mend()
    assert first_sizes(peer.url(), 1) == [SIZE]


def test_nothing_of_it_is_left(rtsp_peers: ModuleType, test_clip: Callable[..., Path]) -> None:
    clip = test_clip()

    def held() -> tuple[int, int]:
        return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    before = held()
    for fault in ("none", *sorted(rtsp_peers.FAULTS - {"size change"})):
        with rtsp_peers.RtspPeer(clip) as peer, socket.create_connection(("127.0.0.1", peer.port)):
            if fault != "none":
                peer.break_with(fault)
    assert held() == before
