"""Scenario: streams that were damaged in every way are given to readers; none of them harms who watches."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from ingest.capture.order import CaptureOrder
from ingest.capture.process_worker import ProcessWorker
from ingest.capture.worker import memory_size
from ingest.deadlines import LiveDeadlines
from ingest.settings import ReadSettings
from ingest.source import parse_source

RATE, FRAMES, SIZE = 200, 8, (176, 144)
LIMIT_MB = 512
_PATIENCE_SECONDS = 10.0
_SETTINGS = ReadSettings("cam", width=160, isolation="process", memory_limit_mb=LIMIT_MB)
KINDS = (("libx264", ".h264"), ("libx264", ".ts"), ("libx264", ".mp4"), ("libx265", ".hevc"), ("mjpeg", ".avi"))
Bytes = bytes


def originals(folder: Path) -> list[tuple[str, Bytes]]:
    """Make a short clip of each kind: (suffix, content)."""
    made = []
    for codec, suffix in KINDS:
        path = folder / f"original{suffix}"
        with av.open(str(path), "w") as container:
            options = {"g": "4", "bf": "1", "preset": "ultrafast"} if codec != "mjpeg" else {}
            stream = container.add_stream(codec, rate=RATE, options=options)
            stream.width, stream.height = SIZE
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            stream.time_base = Fraction(1, RATE)
            for index in range(FRAMES):
                pixels = np.random.default_rng(index).integers(0, 255, (SIZE[1] // 8, SIZE[0] // 8, 3), np.uint8)
                picture = av.VideoFrame.from_ndarray(np.kron(pixels, np.ones((8, 8, 1), np.uint8)), "rgb24")
                container.mux(stream.encode(picture.reformat(format=stream.pix_fmt)))
            container.mux(stream.encode())
        made.append((suffix, path.read_bytes()))
    return made


def mutated(content: Bytes, other: Bytes, rng: random.Random) -> Bytes:
    """Damage a stream in one to three ways."""
    for _ in range(rng.randint(1, 3)):
        content = rng.choice(_WAYS)(content, other, rng)
    return content


def _truncated(content: Bytes, _other: Bytes, rng: random.Random) -> Bytes:
    return content[: rng.randint(0, len(content))]


def _flipped(content: Bytes, _other: Bytes, rng: random.Random) -> Bytes:
    data = bytearray(content)
    for _ in range(rng.randint(1, 60) if data else 0):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def _holed(content: Bytes, _other: Bytes, rng: random.Random) -> Bytes:
    start = rng.randint(0, len(content))
    return content[:start] + content[start + rng.choice((1, 188, 1000, 5000)) :]


def _spliced(content: Bytes, other: Bytes, rng: random.Random) -> Bytes:
    return content[: rng.randint(0, len(content))] + other[rng.randint(0, len(other)) :]


def _headed(content: Bytes, _other: Bytes, rng: random.Random) -> Bytes:
    return rng.randbytes(rng.randint(1, 64)) + content[rng.randint(0, 64) :]


_WAYS: tuple[Callable[[Bytes, Bytes, random.Random], Bytes], ...] = (
    _truncated, _flipped, _flipped, _holed, _spliced, _headed,
)  # fmt: skip


def measure(folder: Path, count: int, seed: int) -> dict[str, Any]:
    """Read so many damaged streams in a child process; one that breaks down or hangs is replaced."""
    rng = random.Random(seed)  # noqa: S311  # damage
    figures = dict.fromkeys(("child_deaths", "hung", "open_accounts", "most_mb", "pictures"), 0)
    reasons = Counter[str]()
    worker = _worker()
    try:
        for path in _streams(folder, count, rng):
            before = worker.memory.board["sampled"]
            ended, used_mb = _read(worker, path)
            board, fault = worker.memory.board, worker.fault
            broke_down = fault is not None and "broke down" in str(fault)
            figures["child_deaths"] += broke_down
            figures["hung"] += not ended
            figures["open_accounts"] += ended and not broke_down and board.accounted != board["packets"]
            figures["most_mb"] = max(figures["most_mb"], used_mb)
            figures["pictures"] += int(board["sampled"] - before)
            reasons[str(fault).partition(": ")[2] if fault else ("read" if ended else "hung")] += 1
            if not worker.usable:
                worker.end()
                worker = _worker()
    finally:
        worker.end()
    return {"streams": count, **figures, "limit_mb": LIMIT_MB, "reasons": dict(reasons), "seed": seed}


def _worker() -> ProcessWorker:
    return ProcessWorker(memory_size(_SETTINGS, packets=False), LIMIT_MB)


def _streams(folder: Path, count: int, rng: random.Random) -> Iterator[Path]:
    kinds = originals(folder)
    for number in range(count):
        suffix, content = kinds[number % len(kinds)]
        path = folder / f"stream{suffix}"
        path.write_bytes(mutated(content, rng.choice(kinds)[1], rng))
        yield path


def _read(worker: ProcessWorker, path: Path) -> tuple[bool, int]:
    """Let a worker read a file; a clip would be played for ever, so it is told to stop after its first round."""
    board = worker.memory.board
    packets = board["packets"]
    worker.begin(CaptureOrder(parse_source(str(path)), _SETTINGS, LiveDeadlines()))
    ends_at, round_end, used_mb = time.monotonic() + _PATIENCE_SECONDS, None, 0
    while not worker.ended and time.monotonic() < ends_at:
        worker.wait(0.02)
        if board["packets"] > packets and round_end is None:
            round_end = time.monotonic() + 2 * FRAMES / RATE
        if round_end is not None and time.monotonic() > round_end:
            board["wanted"] = 0
        used_mb = max(used_mb, worker.used_mb())
    return worker.ended, used_mb
