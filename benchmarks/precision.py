"""What do float16 and int8 cost in accuracy? `posestream models precision` on labelled pictures, one report a graph.

Run: POSESTREAM_TESTDATA=<folder of the test media> python benchmarks/precision.py
int8 is calibrated on the same pictures that it is measured on, which flatters it.
"""

import os
import sys
import tempfile
from pathlib import Path

from accuracy import posestream
from report import Figure, write_report

PICTURES, LABELS = "coco_train21", "person_keypoints_train21.json"
NETWORKS: dict[str, tuple[str, ...]] = {
    "movenet-thunder": (),
    "movenet-multipose": ("--size", "256x448"),
    "blazepose-full": (),
}


def main() -> None:
    """Measure each network in both precisions."""
    if "POSESTREAM_TESTDATA" not in os.environ:
        sys.exit("POSESTREAM_TESTDATA must name the folder of the test media")
    folder = Path(os.environ["POSESTREAM_TESTDATA"]) / PICTURES
    for name, words in NETWORKS.items():
        for kind in ("fp16", "int8"):
            with tempfile.TemporaryDirectory() as place:
                target = Path(place) / "graph.onnx"
                figures = posestream(
                    *("models", "precision", name, f"--{kind}", "--out", str(target), *words),
                    *("--images", str(folder / "images"), "--truth", str(folder / LABELS)),
                )
                megabytes = round(target.stat().st_size / 1e6, 1)
            before, after = figures["fp32"]["AP"], figures[kind]["AP"]
            write_report(
                "models",
                f"{kind}_{name}",
                Figure(
                    claim=f"AP of {name} as {kind} less that as float32 ({before:.3f}), 21 pictures of COCO",
                    figure=round(after - before, 4),
                    unit="",
                    target=">= -0.02" if kind == "fp16" else "reported only",
                    met=kind != "fp16" or after - before >= -0.02,
                    command="python benchmarks/precision.py",
                    covers=("inference/models/half_graph.py", "inference/models/precision.py", "inference/conversion"),
                    raw={"megabytes": megabytes, **figures},
                ),
            )


if __name__ == "__main__":
    main()
