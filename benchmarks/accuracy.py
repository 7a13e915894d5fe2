"""How good are the presets on labelled pictures? `posestream eval` on the test media, one report a figure.

Run: POSESTREAM_TESTDATA=<folder of the test media> python benchmarks/accuracy.py
PoseNet and CenterNet are on request: `posestream models pull posenet centernet` before.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from live_process import POSESTREAM
from report import Figure, write_report

from inference.compositions import TopDown
from inference.estimator import PoseEstimator
from inference.looks import open_network
from inference.models import card_by_name
from inference.models.cache import ModelCache, default_cache
from posestream.clock import SystemClock
from posestream.hosts.eval_poses import read_json, results_of_pictures
from posestream.skeletons import COCO17
from postprocess.metrics.coco_truth import read_truth
from postprocess.metrics.pose_evaluation import evaluate_poses

COVERS = ("inference", "postprocess/decoders", "postprocess/metrics", "postprocess/pose_suppression.py")
COMMAND = "python benchmarks/accuracy.py"
BARS = {
    "accurate": {"AP": 0.74, "PCK@0.2": 0.86},
    "fast": {"AP": 0.45, "PCK@0.2": 0.78},
    "3d": {"AP": 0.46, "PCK@0.2": 0.77},
    "posenet": {"AP": 0.42, "PCK@0.2": 0.71},  # 0.02 under what these weights were measured to give elsewhere
}
# The networks were trained on the pictures of the second set: its figures are reported, not judged.
NO_BARS = {preset: dict.fromkeys(bars, 0.0) for preset, bars in BARS.items()}
SETS: tuple[tuple[str, str, dict[str, dict[str, float]]], ...] = (
    ("coco", "person_keypoints.json", BARS),
    ("coco_train21", "person_keypoints_train21.json", NO_BARS),
)
# Boxes of one detector alone -> Thunder: what each detector is worth by itself, 0.02 under what was measured elsewhere.
DETECTORS = {"nanodet": 0.70, "centernet": 0.74}
EVALUATOR = {"AP": 0.8609, "AP50": 0.9931, "AP75": 0.9109, "AR": 0.8750}


def posestream(*arguments: str) -> dict[str, Any]:
    """Run a command and give its JSON."""
    done = subprocess.run([str(POSESTREAM), *arguments, "--json"], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def presets(media: Path) -> None:
    """Measure each preset on both sets."""
    for name, truth, bars in SETS:
        for preset, least in bars.items():
            folder = media / name
            figures = posestream(
                "eval", "poses", "--images", str(folder / "images"), "--truth", str(folder / truth), "--preset", preset
            )
            for key, bar in least.items():
                short = key.partition("@")[0].lower()
                write_report(
                    "models",
                    f"{name}_{preset}_{short}",
                    Figure(
                        claim=f"{key} of preset {preset} on {figures['images']} {name} pictures",
                        figure=round(figures[key], 4),
                        unit="",
                        target=f">= {bar}" if bar else "reported only",
                        met=figures[key] >= bar,
                        command=COMMAND,
                        covers=COVERS,
                        raw=figures,
                    ),
                )


def detectors(media: Path) -> None:
    """Measure each detector with Thunder on its boxes, nothing merged."""
    folder, cache, clock = media / "coco", ModelCache(default_cache()), SystemClock()
    tree = read_json(folder / "person_keypoints.json")
    for name, bar in DETECTORS.items():
        boxes, joints = (
            open_network(card, cache.graph(card), 2) for card in map(card_by_name, (name, "movenet-thunder"))
        )
        with PoseEstimator(TopDown(None, boxes, joints, COCO17, clock), clock) as estimator:
            rows = results_of_pictures(folder / "images", tree, estimator, lambda *_: None)
        figures = evaluate_poses(read_truth(tree), rows).as_json()
        write_report(
            "models",
            f"coco_{name}_thunder_ap",
            Figure(
                claim=f"AP of {name}'s boxes with Thunder on {figures['images']} coco pictures",
                figure=round(figures["AP"], 4),
                unit="",
                target=f">= {bar}",
                met=figures["AP"] >= bar,
                command=COMMAND,
                covers=COVERS,
                raw=figures,
            ),
        )


def evaluator(media: Path) -> None:
    """Compare the evaluator with the published figures of the original one."""
    folder = media / "evaluator"
    files = {"--truth": "example_coco_val.json", "--results": "example_coco_preds.json"}
    figures = posestream(
        "eval", "results", *(text for key, name in files.items() for text in (key, str(folder / name)))
    )
    off = max(abs(round(figures[key], 4) - wanted) for key, wanted in EVALUATOR.items())
    write_report(
        "models",
        "evaluator",
        Figure(
            claim="Greatest difference of AP, AP50, AP75, AR from the original evaluator's, at 4 digits",
            figure=round(off, 6),
            unit="",
            target="0",
            met=off < 1e-9,
            command=COMMAND,
            covers=("postprocess/metrics",),
            raw={"figures": figures, "wanted": EVALUATOR},
        ),
    )


def main() -> None:
    """Measure and write the reports."""
    place = os.environ.get("POSESTREAM_TESTDATA")
    if not place:
        sys.exit("set POSESTREAM_TESTDATA to the folder of the test media")
    evaluator(Path(place))
    presets(Path(place))
    detectors(Path(place))


if __name__ == "__main__":
    main()
