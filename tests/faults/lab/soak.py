"""Scenario: four cameras for a long time, looked at half as fast as they come; nothing grows, nothing gets old.

Run by itself: python soak.py CLIP SECONDS WARM: prints its samples as JSON. Nothing else runs in that process.
"""

import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ingest.deadlines import LiveDeadlines
from ingest.live import LiveCamera

CAMERAS, RATE, FPS = 4, 15, 5
# The taker needs so long for each frame that it manages half of those that come.
WORK_SECONDS = 2 / (CAMERAS * FPS)
_SAMPLE_SECONDS = 5.0


def watch(urls: list[str], seconds: float, warm: float) -> dict[str, Any]:
    """Read the cameras and take frames too slowly; samples begin after ``warm`` seconds."""
    from lab.cameras import camera, held  # noqa: PLC0415  # the path is set by whoever runs this

    with ExitStack() as stack:
        made = [camera(url, f"cam-{n}", LiveDeadlines(), seed=n, width=640, fps=FPS) for n, url in enumerate(urls)]
        for one in made:
            stack.callback(one.stop, 10.0)
            one.start()
        _work(made, warm, [])
        before, ages = held(), list[float]()
        samples = [(0.0, rss_bytes())]
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            _work(made, min(_SAMPLE_SECONDS, seconds - passed), ages)
            samples.append((round(time.monotonic() - began, 1), rss_bytes()))
        statuses = [one.status() for one in made]
        after = held()
    return {
        "samples": samples,
        "ages": sorted(round(age, 4) for age in ages),
        "held": {"warm": before, "end": after},
        "sampled": sum(status.frames_sampled for status in statuses),
        "taken": sum(status.frames_delivered for status in statuses),
        "reconnects": sum(status.reconnects for status in statuses),
    }


def rss_bytes() -> int:
    """Give the private memory of this process in bytes."""
    resident, shared = Path("/proc/self/statm").read_text(encoding="ascii").split()[1:3]
    return (int(resident) - int(shared)) * 4096


def _work(cameras: list[LiveCamera], seconds: float, ages: list[float]) -> None:
    """Take the cameras' newest frames in turn and work on each for a while."""
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        worked = False
        for one in cameras:
            frame = one.take()
            if frame is not None:
                ages.append((time.time_ns() - frame.stamp.captured_at_ns) / 1e9)
                time.sleep(WORK_SECONDS)
                worked = True
        if not worked:
            time.sleep(0.005)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    print(json.dumps(watch(sys.argv[3:], float(sys.argv[1]), float(sys.argv[2]))))  # noqa: T201  # what it is run for
