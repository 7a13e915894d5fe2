"""Write the figures of the committed reports into the README, between its two marks.

Run: python benchmarks/readme_figures.py [--check]     with --check: exit code 1 if the README is not up to date
"""

import json
import sys

from report import REPORTS, ROOT

BEGIN, END = "<!-- figures -->", "<!-- /figures -->"
SHOWN = (
    "models/coco_accurate_ap",
    "models/coco_accurate_pck",
    "models/coco_fast_ap",
    "models/coco_fast_pck",
    "models/coco_3d_ap",
    "models/coco_3d_pck",
    "models/coco_posenet_ap",
    "models/coco_nanodet_thunder_ap",
    "models/coco_centernet_thunder_ap",
    "models/fp16_movenet-thunder",
    "models/int8_movenet-thunder",
    "backbone/clip_frames",
    "backbone/clip_ids",
    "backbone/clip_labels",
    "backbone/clip_cost",
    "backbone/start",
    "backbone/memory",
    "kafka/kills",
    "kafka/outage",
    "kafka/same_file_q100",
    "kafka/same_file_q85",
    "kafka/same_rtsp",
    "kafka/takeover",
    "kafka/joining",
    "kafka/latency_p50",
    "kafka/latency_p99",
    "kafka/backlog",
    "kafka/malformed_infer",
    "kafka/malformed_track",
    "kafka/draining",
    "kafka/infer_memory",
    "kafka/track_memory",
    "kafka/alert_memory",
    "kafka/write_memory",
    "kafka/archive_memory",
    "ingest/unplugs",
    "ingest/unplugs_p99",
    "ingest/sixteen",
    "ingest/mutations",
    "ingest/decode_ratio",
    "ingest/rest_ratio",
    "decoders/openpose_coco18",
    "decoders/posenet_multi",
    "decoders/openpifpaf",
)


def table() -> str:
    """Give the Markdown table of the reports that there are."""
    rows = ["| what | figure | wanted |", "|---|---|---|"]
    machines = set()
    for name in SHOWN:
        path = REPORTS / f"{name}.json"
        if path.is_file():
            report = json.loads(path.read_text())
            met = "" if report["met"] else " (not met)"
            rows.append(f"| {report['claim']} | {report['figure']} {report['unit']}{met} | {report['target']} |")
            machines.add(report["machine"])
    return "\n".join(rows) + f"\n\nMachine: {'; '.join(sorted(machines))}."


def main() -> None:
    """Replace the figures, or check them."""
    readme = ROOT / "README.md"
    text = readme.read_text()
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    fresh = f"{head}{BEGIN}\n{table()}\n{END}{tail}"
    if "--check" in sys.argv:
        sys.exit(fresh != text)
    readme.write_text(fresh)


if __name__ == "__main__":
    main()
