"""What cameras do to who watches them, measured in long forms; each scenario writes its report.

Run: python benchmarks/cameras.py SCENARIO; SCENARIO is one of those below. unplugs needs GStreamer's RTSP server.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from report import ROOT, Figure, write_report

sys.path.insert(0, str(ROOT / "tests" / "faults"))

from lab import mutations as damage  # the path must be set first
from lab import sixteen as many
from lab import soak as long
from lab import unplugs as plugs
from lab.cameras import make_clip, peers
from lab.footage import server_module

COVERS = ("ingest", "posestream/clock.py")


def report(name: str, claim: str, figure: Any, unit: str, target: str, *, met: bool, raw: dict[str, Any]) -> None:  # noqa: ANN401  # as a Figure has
    """Write one report of this area."""
    command = f"python benchmarks/cameras.py {raw.pop('scenario')}"
    figure_ = Figure(claim, figure, unit, target, met, command, raw.get("seed"), COVERS, raw)
    write_report("ingest", name, figure_)


def unplugs(folder: Path) -> None:
    """Unplug five cameras twenty times each."""
    found = plugs.measure(folder, 20, 11, server_module("rtsp").python_with_gstreamer())
    raw = {"scenario": "unplugs", **found}
    held = found["held"]
    clean = held["end"] == held["warm"] and held["after"] == held["before"] and not found["secrets"]
    report("unplugs", "Cameras that come back after 100 unplugs of five kinds, nothing left behind",
           found["came_back"], "of 100", "100", met=found["came_back"] == 100 and clean, raw=dict(raw))  # fmt: skip
    limit = 3.0 + found["gop_seconds"]
    beyond = found["beyond_p99"]
    report("unplugs_p99", "From a camera's return, or the next connect if later, to its first frame, p99",
           beyond, "s", f"< {limit:g}", met=beyond is not None and beyond < limit, raw=dict(raw))  # fmt: skip


def sixteen(folder: Path) -> None:
    """Read sixteen cameras for a minute, two of them bad."""
    found = many.measure(folder, 16, 60.0)
    met = found["lost_most"] < 0.01 and found["bad_down"]
    report("sixteen", "Frames lost at most by each of 14 cameras beside a black hole and a flood of garbage",
           round(100 * found["lost_most"], 2), "%", "< 1", met=met, raw={"scenario": "sixteen", **found})  # fmt: skip


def mutations(folder: Path) -> None:
    """Read two thousand damaged streams."""
    found = damage.measure(folder, 2000, 3)
    met = not found["hung"] and not found["open_accounts"] and found["most_mb"] < found["limit_mb"]
    report("mutations", "Damaged streams that harmed the watching process, of 2,000; most memory of a reader in raw",
           found["hung"] + found["open_accounts"], "", "0", met=met,
           raw={"scenario": "mutations", **found})  # fmt: skip


def soak(folder: Path, seconds: float = 1800.0, warm: float = 300.0) -> None:
    """Read four cameras for half an hour, looking half as fast as they come."""
    clip = make_clip(folder / "clip.mp4", frames=150, size=(640, 360), rate=long.RATE, gop=30)
    with peers(clip, *["none"] * long.CAMERAS) as urls:
        command = [sys.executable, long.__file__, str(seconds), str(warm), *urls]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=dict(os.environ))
    found = json.loads(done.stdout.splitlines()[-1])
    memory = np.array([rss for _, rss in found["samples"]]) / 1e6
    window = max(1, len(memory) // 10)
    growth = float(np.median(memory[-window:]) - np.median(memory[:window]))
    ages = np.array(found.pop("ages"))
    raw = {"scenario": "soak", "seconds": seconds, **found}
    report("soak_memory", f"Growth of the watching process with 4 cameras in {seconds / 60:g} minutes after warm-up",
           round(growth, 2), "MB", "< 2 in 30 minutes", met=growth < 2 and seconds >= 1800, raw=dict(raw))  # fmt: skip
    raw["age_p50"], raw["age_max"] = (round(float(value), 3) for value in (np.median(ages), ages.max()))
    report("soak_age", "Age of the newest frame when taken, at twice the load that the taker can take, p99",
           round(float(np.percentile(ages, 99)), 3), "s", "< 0.4: two frame times",
           met=float(np.percentile(ages, 99)) < 2 / long.FPS, raw=dict(raw))  # fmt: skip


SCENARIOS: dict[str, Callable[[Path], None]] = {
    "unplugs": unplugs,
    "sixteen": sixteen,
    "mutations": mutations,
    "soak": soak,
}


def main() -> None:
    """Measure and write the reports."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("scenario", choices=SCENARIOS)
    with tempfile.TemporaryDirectory() as text:
        SCENARIOS[options.parse_args().scenario](Path(text))


if __name__ == "__main__":
    main()
