"""`posestream analyze` on the CCTV clip: is every frame answered, do persons keep their ids, what does a stage cost?

Run: python benchmarks/clip.py [--detector-every 2]
Labels: benchmarks/clip_persons.csv, made by looking at the clip's frames: where persons near the camera stand in some
frames. A label is found if a confirmed track stands within a body's half height of it; a person keeps one id if all of
its labels that are found have the same.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from live_process import POSESTREAM, demo_clip
from report import ROOT, Figure, write_report

LABELS = ROOT / "benchmarks" / "clip_persons.csv"
COMMAND = "python benchmarks/clip.py"
COVERS = ("ingest", "inference", "postprocess", "posestream/hosts")
FRAMES_IN_FILE = 795


def tracks_of(path: Path) -> dict[int, list[tuple[int, float, float, float]]]:
    """Give per frame (from 1) the tracks: id, centre x, bottom y, height."""
    frames: dict[int, list[tuple[int, float, float, float]]] = {}
    for line in path.read_text().splitlines():
        frame, track, x, y, width, height = (float(text) for text in line.split(",")[:6])
        frames.setdefault(int(frame), []).append((int(track), x + width / 2, y + height, height))
    return frames


def ids_by_person(
    labels: Path, frames: dict[int, list[tuple[int, float, float, float]]]
) -> dict[str, list[int | None]]:
    """Give per labelled person the track ids at its labels, None where no track is near."""
    found: dict[str, list[int | None]] = {}
    with labels.open() as file:
        for row in csv.DictReader(file):
            x, y = float(row["foot_x"]), float(row["foot_y"])
            near = [
                (((cx - x) ** 2 + (bottom - y) ** 2) ** 0.5, track)
                for track, cx, bottom, height in frames.get(int(row["frame"]), [])
                if ((cx - x) ** 2 + (bottom - y) ** 2) ** 0.5 <= height / 2
            ]
            found.setdefault(row["person"], []).append(min(near)[1] if near else None)
    return found


def report(summary: dict[str, Any], ids: dict[str, list[int | None]]) -> None:
    """Write the three reports."""
    answered = summary["frames"]
    write_report("backbone", "clip_frames", Figure(
        claim="Frames answered of the CCTV clip", figure=answered, unit="frames", target=f"{FRAMES_IN_FILE}",
        met=answered == FRAMES_IN_FILE and summary["complete"], command=COMMAND, covers=COVERS, raw=summary,
    ))  # fmt: skip
    report_ids(ids)
    write_report("backbone", "clip_cost", Figure(
        claim="CPU time a frame of the CCTV clip, preset accurate, all stages",
        figure=summary["cost_per_frame"]["cpu_ms"], unit="CPU-ms", target="reported only", met=True, command=COMMAND,
        covers=COVERS, raw={"per_frame": summary["per_frame"], "persons_mean": summary["persons_mean"]},
    ))  # fmt: skip


def report_ids(ids: dict[str, list[int | None]]) -> None:
    """Write how many persons never change their id, and at how many labels a track stands."""
    kept = sum(len(set(seen) - {None}) == 1 for seen in ids.values())
    write_report("backbone", "clip_ids", Figure(
        claim=f"Persons near the camera whose id never changes, of {len(ids)} labelled", figure=kept, unit="persons",
        target=f"{len(ids)}", met=kept == len(ids), command=COMMAND, covers=COVERS, raw={"ids": ids},
    ))  # fmt: skip
    found = [track for seen in ids.values() for track in seen if track is not None]
    labels = sum(map(len, ids.values()))
    write_report("backbone", "clip_labels", Figure(
        claim=f"Labels of these persons with a confirmed track there, of {labels}", figure=len(found), unit="labels",
        target=f"{labels}", met=len(found) == labels, command=COMMAND, covers=COVERS, raw={"ids": ids},
    ))  # fmt: skip


def main() -> None:
    """Analyse the clip and write the reports."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--detector-every", type=int, default=2)
    every = options.parse_args().detector_every
    with tempfile.TemporaryDirectory() as text:
        out = Path(text)
        command = [str(POSESTREAM), "analyze", str(demo_clip()), "--out", text, "--detector-every", str(every)]
        done = subprocess.run(command, check=False)
        if done.returncode:
            sys.exit(done.returncode)
        summary = json.loads((out / "summary.json").read_text())
        report(summary | {"detector_every": every}, ids_by_person(LABELS, tracks_of(out / "tracks.txt")))


if __name__ == "__main__":
    main()
