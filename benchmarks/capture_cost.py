"""What a camera's pictures cost until a network can take them, against cv2.VideoCapture and resize; and at rest.

Run: POSESTREAM_TESTDATA=<folder of the test media> python benchmarks/capture_cost.py
Interleaved runs in processes of their own on one 1080p clip; CPU time of the whole process less that of an empty run.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from report import Figure, write_report

FRAMES, RATE, PAIRS = 250, 25, 9
OURS = """
import sys
import av
import cv2
from ingest.container import open_file
from ingest.decode import video_stream
from ingest.picture import PictureMaker
from ingest.settings import ReadSettings
from pathlib import Path
cv2.setNumThreads(1)
maker, skip = PictureMaker(ReadSettings("cam", width=640)), {keyframes}
if sys.argv[1] != "none":
    with open_file(Path(sys.argv[1]), "clip") as container:
        stream = video_stream(container, "clip")
        for packet in container.demux(stream):
            if packet.size and skip and not packet.is_keyframe:
                continue
            for frame in stream.codec_context.decode(packet):
                maker.image(frame)
"""
CV2 = """
import sys
import cv2
import numpy
cv2.setNumThreads(1)
if sys.argv[1] != "none":
    capture = cv2.VideoCapture(sys.argv[1])
    while True:
        good, frame = capture.read()
        if not good:
            break
        cv2.resize(frame, (640, 360))
"""
WAYS = {"ours": OURS.format(keyframes="False"), "cv2": CV2, "rest": OURS.format(keyframes="True")}


def make_clip(path: Path) -> Path:
    """Bring the walking people to 1080p with a sensor's noise, as a camera at 3.5 Mbit/s would send them."""
    source = Path(os.environ["POSESTREAM_TESTDATA"]) / "videos" / "vtest.avi"
    rng = np.random.default_rng(1)
    noise = [rng.integers(-2, 3, (1080, 1920, 1), np.int16) for _ in range(8)]
    options = {"g": "50", "bf": "0", "preset": "veryfast", "profile": "high", "b": "3500k"}
    with av.open(str(source)) as container, av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        for index, frame in enumerate(container.decode(video=0)):
            if index == FRAMES:
                break
            pixels = frame.to_ndarray(format="rgb24", width=1920, height=1080) + noise[index % 8]
            made = av.VideoFrame.from_ndarray(pixels.clip(0, 255).astype(np.uint8), "rgb24").reformat(format="yuv420p")
            made.pts, made.time_base = index, Fraction(1, RATE)
            target.mux(stream.encode(made))
        target.mux(stream.encode())
    return path


def cpu_seconds(way: str, clip: str) -> float:
    """Give the CPU time of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", WAYS[way], clip], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure and write the reports."""
    if "POSESTREAM_TESTDATA" not in os.environ:
        sys.exit("POSESTREAM_TESTDATA must name the folder of the test media")
    costs: dict[str, list[float]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        clip = make_clip(Path(folder) / "clip.mp4")
        for _ in range(PAIRS):
            for way, seen in costs.items():
                seen.append(cpu_seconds(way, str(clip)) - cpu_seconds(way, "none"))
    milliseconds = {way: round(1e3 * statistics.median(seen) / FRAMES, 3) for way, seen in costs.items()}
    raw = {"ms_per_frame": milliseconds, "runs": {way: [round(s, 3) for s in seen] for way, seen in costs.items()}}
    for name, way, claim, least in (
        ("decode_ratio", "ours", "CPU of cv2.VideoCapture read and resize to 640x360 beside ours, 1080p", 1.3),
        ("rest_ratio", "rest", "CPU of cv2.VideoCapture read and resize beside ours at rest (keyframes alone)", 5.0),
    ):
        ratio = statistics.median(one / other for one, other in zip(costs["cv2"], costs[way], strict=True))
        write_report(
            "ingest",
            name,
            Figure(
                claim=claim,
                figure=round(ratio, 2),
                unit="times",
                target=f">= {least}",
                met=ratio >= least,
                command="python benchmarks/capture_cost.py",
                covers=("ingest/scaling.py", "ingest/picture.py", "ingest/decode.py", "ingest/correction.py"),
                raw=raw,
            ),
        )


if __name__ == "__main__":
    main()
