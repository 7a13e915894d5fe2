"""Does `posestream run` on one RTSP camera grow? RSS over time, with a viewer looking at the page's live view.

Run: python benchmarks/memory.py [--minutes 30] [--warm-up 5] [--preset accurate]
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from live_process import LiveProcess, as_h264, demo_clip, rtsp_camera
from report import Figure, write_report
from websockets.sync.client import connect

LIMIT_MIB = 2.0
SAMPLE_SECONDS = 10.0
WINDOW = 12  # samples at each end: two minutes


def watch(address: str, camera: str, stop: threading.Event) -> None:
    """Look at a camera like a browser does, until told to stop."""
    url = f"{address.replace('http', 'ws')}/api/v1/cameras/{camera}/live"
    with connect(url, origin=address, max_size=None) as socket:  # type: ignore[arg-type]
        while not stop.is_set():
            try:
                socket.recv(timeout=5)
            except TimeoutError:
                continue


def measure(minutes: float, warm_up: float, preset: str) -> tuple[list[tuple[float, float]], dict[str, object]]:
    """Give (seconds, MiB) after the warm-up and the camera's last figures."""
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        server = rtsp_camera(as_h264(demo_clip(), folder / "camera.mp4"), folder)
        try:
            with LiveProcess([server.url(), "--preset", preset], folder) as live:
                live.wait_for_persons(120)
                stop = threading.Event()
                viewer = threading.Thread(target=watch, args=(live.address, live.cameras()[0]["id"], stop), daemon=True)
                viewer.start()
                time.sleep(warm_up * 60)
                samples, start = [], time.monotonic()
                while time.monotonic() - start < minutes * 60:
                    samples.append((round(time.monotonic() - start, 1), round(live.memory_mib(), 3)))
                    time.sleep(SAMPLE_SECONDS)
                last = live.cameras()[0]
                stop.set()
                viewer.join(10)
                return samples, last
        finally:
            server.stop()


def main() -> None:
    """Measure and write the report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=30)
    options.add_argument("--warm-up", type=float, default=5)
    options.add_argument("--preset", default="accurate")
    chosen = options.parse_args()
    samples, last = measure(chosen.minutes, chosen.warm_up, chosen.preset)
    memory = [mib for _, mib in samples]
    growth = statistics.median(memory[-WINDOW:]) - statistics.median(memory[:WINDOW])
    print(json.dumps(last))
    path = write_report(
        "backbone",
        "memory",
        Figure(
            claim=f"RSS growth of `run` on one RTSP camera in {chosen.minutes:g} minutes after warm-up",
            figure=round(growth, 2),
            unit="MiB",
            target=f"< {LIMIT_MIB:g} MiB in 30 minutes",
            met=growth < LIMIT_MIB and chosen.minutes >= 30,
            command="python benchmarks/memory.py",
            covers=("ingest", "inference", "postprocess", "sinks", "posestream/hosts"),
            raw={"preset": chosen.preset, "samples_seconds_mib": samples, "camera_at_the_end": last},
        ),
    )
    plot(samples, path.with_suffix(".svg"))
    sys.exit(0 if growth < LIMIT_MIB else 1)


def plot(samples: list[tuple[float, float]], path: Path) -> None:
    """Draw memory over time as a small SVG."""
    width, height, margin = 720, 240, 40
    top, end = max(mib for _, mib in samples) * 1.1, samples[-1][0] or 1
    points = " ".join(
        f"{margin + seconds / end * (width - 2 * margin):.1f},{height - margin - mib / top * (height - 2 * margin):.1f}"
        for seconds, mib in samples
    )
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">'
        f'<rect width="{width}" height="{height}" fill="white"/>'
        f'<polyline points="{points}" fill="none" stroke="#2563eb" stroke-width="2"/>'
        f'<path d="M{margin} {margin} V{height - margin} H{width - margin}" fill="none" stroke="#64748b"/>'
        f'<text x="{margin}" y="24">resident memory of posestream run, MiB (axis 0 to {top:.0f})</text>'
        f'<text x="{width - margin}" y="{height - 16}" text-anchor="end">{end / 60:.0f} minutes</text></svg>\n'
    )


if __name__ == "__main__":
    main()
