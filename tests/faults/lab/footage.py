"""Cameras for the lab: clips made for a purpose, shown by real RTSP servers."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame

SERVERS = Path(__file__).parents[2] / "servers"
WIDTH, HEIGHT = 640, 360


def server_module(name: str) -> ModuleType:
    """Load tests/servers/NAME.py."""
    spec = spec_from_file_location(f"servers_{name}", SERVERS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def four_clips(testdata: Path, folder: Path) -> list[Path]:
    """Make the lab's cameras: persons who cross a room, come in one by one, walk far away; one who never moves."""
    clips = [
        walkers(testdata / "synth" / "clip1" / "clip.mp4", folder / "room.mp4", 0, 399, every=2),
        walkers(testdata / "videos" / "intel_one_by_one.mp4", folder / "one-by-one.mp4", 500, 699),
        walkers(testdata / "videos" / "vtest.avi", folder / "car-park.mp4", 170, 369),
    ]
    picture = min((testdata / "coco" / "images").glob("*.jpg"))
    return [*clips, still(picture, folder / "still.mp4", seconds=20)]


def walkers(source: Path, target: Path, first: int, last: int, rate: int = 10, every: int = 1) -> Path:
    """Cut frames ``first`` to ``last`` of a clip as a 640x360 H.264 camera would send them; give ``target``."""

    def pictures() -> Iterator[VideoFrame]:
        with av.open(str(source)) as container:
            for index, picture in enumerate(container.decode(video=0)):
                if index > last:
                    return
                if index >= first and (index - first) % every == 0:
                    yield picture

    return encoded(pictures(), target, rate)


def still(picture: Path, target: Path, seconds: int, rate: int = 10) -> Path:
    """Show one picture for a while, as a camera with noise would: somebody who does not move; give ``target``."""
    with av.open(str(picture)) as container:
        rgb = next(container.decode(video=0)).to_ndarray(format="rgb24", width=WIDTH, height=HEIGHT).astype(np.int16)
    noise = np.random.default_rng(5)

    def pictures() -> Iterator[VideoFrame]:
        for _ in range(seconds * rate):
            noisy = np.clip(rgb + noise.integers(-2, 3, rgb.shape, np.int16), 0, 255).astype(np.uint8)
            yield VideoFrame.from_ndarray(noisy, format="rgb24")

    return encoded(pictures(), target, rate)


@contextmanager
def rtsp_cameras(clips: Sequence[Path], folder: Path) -> Iterator[list[Any]]:
    """Run an RTSP server for each clip; gives the servers (``.url()``, ``.stop()``, ``.start()``)."""
    rtsp = server_module("rtsp")
    python = rtsp.python_with_gstreamer()
    assert python is not None, "no python3 with GStreamer's RTSP server (gir1.2-gst-rtsp-server-1.0, python3-gi)"
    with ExitStack() as stack:
        servers = []
        for number, clip in enumerate(clips):
            place = folder / f"camera{number}"
            place.mkdir(parents=True)
            server = rtsp.RtspServer(python, clip, place)
            stack.callback(server.stop)
            server.start()
            servers.append(server)
        yield servers


def encoded(pictures: Iterator[VideoFrame], target: Path, rate: int) -> Path:
    options = {"g": str(rate), "bf": "0", "preset": "veryfast", "crf": "23"}
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index, picture in enumerate(pictures):
            frame = picture.reformat(width=WIDTH, height=HEIGHT, format="yuv420p")
            # Times of its own: with those of its source a clip would run at that one's clock rate.
            frame.pts, frame.time_base = index, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return target
