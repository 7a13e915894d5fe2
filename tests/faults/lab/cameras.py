"""Cameras for scenarios: real readers in child processes before fake and real peers, and what must not leak."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np

from ingest.deadlines import LiveDeadlines
from ingest.live import LiveCamera
from ingest.settings import ReadSettings
from ingest.source import parse_source
from posestream.clock import SystemClock

POLL_SECONDS = 0.005


def make_clip(
    path: Path, *, frames: int = 50, size: tuple[int, int] = (160, 120), rate: int = 25, gop: int = 10
) -> Path:
    """Make a clip of H.264 without B-frames: a bar that moves over a patch of noise."""
    width, height = size
    noise = np.random.default_rng(1).integers(0, 255, (height // 4, width // 4, 3), np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"g": str(gop), "bf": "0", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for index in range(frames):
            pixels = np.full((height, width, 3), 60 + index % 100, np.uint8)
            pixels[: height // 4, : width // 4] = noise
            left = index * 7 % width
            pixels[:, left : left + width // 16 + 1] = (200, 60, 30)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(stream.encode())
    return path


def camera(
    url: str, camera_id: str, deadlines: LiveDeadlines, *, seed: int = 1, width: int = 160, fps: float | None = 5
) -> LiveCamera:
    """Give a camera that is read in a child process; it is not started."""
    settings = ReadSettings(camera_id, width=width, fps=fps, isolation="process")
    rng = random.Random(seed)  # noqa: S311  # jitter
    return LiveCamera(parse_source(url), settings, SystemClock(), rng, lambda: None, deadlines)


@contextmanager
def peers(clip: Path, *faults: str) -> Iterator[list[str]]:
    """Run fake cameras in a process of their own, one for each fault ("none": a good one); gives their addresses."""
    command = [sys.executable, str(Path(__file__).with_name("peers.py")), str(clip), *faults]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield [process.stdout.readline().strip() for _ in faults]
        finally:
            process.stdin.close()


def wait_until(condition: Callable[[], object], what: str, seconds: float) -> float:
    """Wait for a condition and give the monotonic moment at which it was seen to hold."""
    ends_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends_at, f"waited {seconds:.0f} s for {what}"
        time.sleep(POLL_SECONDS)
    return time.monotonic()


def held() -> dict[str, int]:
    """Count what may leak: threads and descriptors of this process, and its children."""
    return {
        "threads": sum(thread.name.startswith(("camera-", "reader-", "orders")) for thread in threading.enumerate()),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "children": len(children_of(os.getpid())),
    }


def children_of(pid: int) -> list[int]:
    """Give the processes that have this one as their parent, zombies too."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            if int(stat.rpartition(")")[2].split()[1]) == pid:
                found.append(int(entry.name))
    return found
