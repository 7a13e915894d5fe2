"""What decoding costs on one core: CPU milliseconds a frame with 1, 5 and 20 persons, for each system.

Run: OMP_NUM_THREADS=1 python benchmarks/decoders.py [--runs 60] [--dry]
The outputs are those of the tests' encoders, with noise; the medians of runs of all systems in turn.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from report import ROOT, Figure, write_report

sys.path.insert(0, str(ROOT / "tests" / "postprocess" / "decoders"))

from postprocess.decoders import BOX_DECODERS, POSE_DECODERS, DecodeOptions
from postprocess.decoders.blazepose_detector import decode_blazepose_detector
from synthetic import (  # the path must be set first
    blazepose,
    detectors,
    heatmap,
    keypoint_rcnn,
    openpifpaf,
    openpose,
    posenet,
    rtmo,
    simcc,
    yolo,
)

PERSONS = (1, 5, 20)
CROWDS: dict[str, Callable[[int], tuple[Sequence[Any], dict[str, Any]]]] = {
    "alphapose": heatmap.crowd,
    "blazepose_detector": blazepose.detector_crowd,
    "blazepose_landmark": blazepose.landmark_crowd,
    "centernet": detectors.crowd_centernet,
    "heatmap_dark": heatmap.crowd,
    "heatmap_quarter": heatmap.crowd,
    "heatmap_udp": heatmap.crowd,
    "keypoint_rcnn": keypoint_rcnn.crowd,
    "openpifpaf": openpifpaf.crowd,
    "openpose_body25": openpose.crowd_body25,
    "openpose_coco18": openpose.crowd,
    "posenet_multi": posenet.crowd,
    "posenet_single": posenet.crowd,
    "rtmdet": detectors.crowd_rtmdet,
    "rtmo": rtmo.crowd,
    "simcc": simcc.crowd,
    "simcc_dark": simcc.crowd,
    "yolo_boxes": yolo.crowd_boxes,
    "yolo_pose": yolo.crowd,
    "yolo_pose_end_to_end": yolo.crowd_end_to_end,
}
"""MoveNet and NanoDet are not here: their outputs are of one size, and decoding them costs next to nothing."""
DECODERS: dict[str, Any] = {
    **POSE_DECODERS,
    **BOX_DECODERS,
    "blazepose_detector": decode_blazepose_detector,
}
WANTED_MS = {"openpose_coco18": 15.0, "posenet_multi": 4.0, "openpifpaf": 40.0}


def measure(runs: int) -> dict[str, dict[int, list[float]]]:
    """Give the CPU milliseconds of every run, by decoder and number of persons."""
    work = []
    for name, crowd in CROWDS.items():
        decode = DECODERS[name]
        for persons in PERSONS:
            outputs, options = crowd(persons)
            work.append((name, persons, decode, outputs, DecodeOptions(**options)))
    spent: dict[str, dict[int, list[float]]] = {name: {persons: [] for persons in PERSONS} for name in CROWDS}
    for number in range(runs + 3):
        for name, persons, decode, outputs, options in work:
            began = time.process_time()
            decode(outputs, options)
            if number >= 3:
                spent[name][persons].append((time.process_time() - began) * 1e3)
    return spent


def main() -> None:
    """Measure, print the table and write a report for each decoder."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--runs", type=int, default=60)
    given.add_argument("--dry", action="store_true", help="print, write no report")
    chosen = given.parse_args()
    for name, times in measure(chosen.runs).items():
        medians = {persons: round(statistics.median(times[persons]), 2) for persons in PERSONS}
        print(f"{name:22}" + "".join(f"{medians[persons]:9.2f}" for persons in PERSONS))
        if chosen.dry:
            continue
        wanted = WANTED_MS.get(name)
        write_report(
            "decoders",
            name,
            Figure(
                claim=f"Decoding 20 persons with {name}, CPU time of one core",
                figure=medians[20],
                unit="ms",
                target="known" if wanted is None else f"< {wanted:g} ms",
                met=wanted is None or medians[20] < wanted,
                command="python benchmarks/decoders.py",
                seed=0,
                covers=("postprocess/decoders",),
                raw={
                    "median_ms": medians,
                    "quartiles_ms": {
                        persons: [round(one, 3) for one in statistics.quantiles(times[persons])] for persons in PERSONS
                    },
                    "runs": chosen.runs,
                },
            ),
        )


if __name__ == "__main__":
    main()
