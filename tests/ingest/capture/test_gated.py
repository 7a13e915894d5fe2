"""What of a real stream is decoded and handed on."""

import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.capture.board import BOARD_BYTES, Board
from ingest.capture.fates import PassReason
from ingest.capture.gated import GatedPackets
from ingest.gate.motion_gate import MotionGate

RATE, GOP = 10, 20


def encoded(pictures: Iterator[NDArray[np.uint8]], codec: str = "libx264") -> io.BytesIO:
    target = io.BytesIO()
    with av.open(target, "w", format="matroska") as container:
        options = {"g": str(GOP), "bf": "0", "preset": "veryfast", "crf": "28"} if codec == "libx264" else {}
        stream = container.add_stream(codec, rate=RATE, options=options)
        stream.pix_fmt = "yuv420p" if codec == "libx264" else "yuvj420p"
        for index, pixels in enumerate(pictures):
            if not index:
                stream.height, stream.width = pixels.shape[:2]
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24").reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    target.seek(0)
    return target


def still(seconds: int, visitor_at: float | None = None) -> Iterator[NDArray[np.uint8]]:
    """A textured scene with a sensor's noise; somebody in checked clothes may walk in."""
    rng = np.random.default_rng(2)
    scene = np.kron(rng.integers(60, 180, (48, 80, 3)), np.ones((4, 4, 1)))
    clothes = rng.integers(0, 255, (60, 24, 3))
    for index in range(seconds * RATE):
        pixels = scene + rng.normal(0, 0.5, scene.shape)
        since = index / RATE - (visitor_at or 1e9)
        if since >= 0:
            left = int(since * 60) % 280
            pixels[100:160, left : left + 24] = clothes
        yield pixels.clip(0, 255).astype(np.uint8)


class Played:
    """A stream taken through gate and decoder in its own time."""

    def __init__(self, stream: io.BytesIO | str, rest_until: float = 1e9) -> None:
        self.board = Board(memoryview(bytearray(BOARD_BYTES)))
        self.board["rest_until"] = rest_until
        gated = GatedPackets(self.board, MotionGate(0.0))
        self.idle: list[tuple[float, bool]] = []
        self.packets = self.decoded = self.passed = 0
        self.shown: dict[int, NDArray[np.uint8]] = {}
        with av.open(stream) as container:
            video = container.streams.video[0]
            video.codec_context.thread_type = "NONE"
            for packet in container.demux(video):
                if packet.size:
                    now = float(packet.pts * packet.time_base)
                    self.packets += 1
                    for one in gated.due(packet, now):
                        for frame in video.codec_context.decode(one):
                            self.decoded += 1
                            if not gated.is_unmoved(frame, now, is_late=one is not packet):
                                self.passed += 1
                                self.shown[frame.pts] = frame.to_ndarray()
                    self.idle.append((now, bool(self.board["idle"])))
        gated.drop()


def test_a_still_scene_costs_next_to_nothing_once_it_rests_and_every_packet_is_accounted_for() -> None:
    played = Played(encoded(still(90)))
    assert all(idle for now, idle in played.idle if now > 31)
    resting = sum(now > 31 for now, _ in played.idle)
    awake = played.packets - resting
    assert played.decoded - awake < 0.15 * resting
    assert played.board.passed[PassReason.NOT_DECODED] == played.packets - played.decoded


def test_who_walks_in_wakes_it_within_half_a_second() -> None:
    stream = encoded(still(60, visitor_at=50.3))
    played = Played(stream)
    woke = next(now for now, idle in played.idle if now > 50.3 and not idle)
    assert woke - 50.3 < 0.5
    assert not any(idle for now, idle in played.idle if now > woke)
    # What was kept undecoded is made up for: the pictures are those of a decoder that saw everything.
    stream.seek(0)
    with av.open(stream) as container:
        truth = {frame.pts: frame.to_ndarray() for frame in container.decode(video=0)}
    assert all(np.array_equal(picture, truth[pts]) for pts, picture in played.shown.items())


def test_without_permission_all_is_decoded_and_handed_on() -> None:
    played = Played(encoded(still(50)), rest_until=0.0)
    assert played.packets == played.decoded == played.passed


def test_of_pictures_that_are_all_keyframes_a_few_a_second_are_decoded() -> None:
    played = Played(encoded(still(60), "mjpeg"))
    resting = sum(now > 31 for now, _ in played.idle)
    assert played.packets - played.decoded > 0.7 * resting
    assert played.board.passed[PassReason.NOT_DECODED] == played.packets - played.decoded


@pytest.mark.testdata
@pytest.mark.parametrize("name", ["vtest.avi", "intel_one_by_one.mp4"])
def test_people_who_walk_are_never_passed_over(testdata: Path, name: str) -> None:
    with av.open(str(testdata / "videos" / name)) as container:
        frames = (frame.to_ndarray(format="rgb24", width=320, height=240) for frame in container.decode(video=0))
        stream = encoded(pixels for index, pixels in enumerate(frames) if index < 795)
    played = Played(stream)
    assert played.passed == played.decoded == played.packets
