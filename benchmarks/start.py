"""How long from the start of `posestream run` on an RTSP camera to the first person on the page? Models are cached.

Run: python benchmarks/start.py [--rounds 5]
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from live_process import LiveProcess, as_h264, demo_clip, rtsp_camera
from report import Figure, write_report

LIMIT_SECONDS = 10.0


def main() -> None:
    """Measure and write the report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    seconds = []
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        server = rtsp_camera(as_h264(demo_clip(), folder / "camera.mp4"), folder)
        try:
            for number in range(rounds):
                place = folder / str(number)
                place.mkdir()
                with LiveProcess([server.url()], place) as live:
                    seconds.append(round(live.wait_for_persons(60), 2))
        finally:
            server.stop()
    write_report(
        "backbone",
        "start",
        Figure(
            claim="Start of `run` on an RTSP camera to the first person, models cached (median)",
            figure=round(statistics.median(seconds), 2),
            unit="s",
            target=f"< {LIMIT_SECONDS:g} s",
            met=max(seconds) < LIMIT_SECONDS,
            command="python benchmarks/start.py",
            covers=("ingest", "inference", "sinks", "posestream"),
            raw={"seconds": seconds},
        ),
    )


if __name__ == "__main__":
    main()
