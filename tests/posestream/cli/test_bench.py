import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., "subprocess.CompletedProcess[str]"]
OneLine = Callable[["subprocess.CompletedProcess[str]"], str]


@pytest.mark.weights
@pytest.mark.usefixtures("pulled_models")
def test_what_each_stage_costs(posestream: Call, make_clip: Callable[..., Path], tmp_path: Path) -> None:
    done = posestream("bench", make_clip(frames=6), "--preset", "fast", "--frames", 4, "--report", "report.json")
    assert done.returncode == 0, done.stderr
    for word in ("decode", "infer", "track", "CPU ms/frame", "all"):
        assert word in done.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["frames"], report["preset"], report["width"]) == (4, "fast", 640)
    assert set(report["per_frame"]) == {"decode", "infer", "track", "rules", "write"}


@pytest.mark.weights
@pytest.mark.usefixtures("pulled_models")
def test_a_report_that_cannot_be_written(posestream: Call, make_clip: Callable[..., Path]) -> None:
    done = posestream("bench", make_clip(frames=2), "--preset", "fast", "--report", "no/report.json")
    assert done.returncode == 1
    said = [line for line in done.stderr.splitlines() if line.startswith("posestream: ")]
    assert said == ["posestream: no/report.json: cannot be written: No such file or directory"]


@pytest.mark.parametrize(
    ("source", "code", "wanted"),
    [
        ("gone.mp4", 3, "gone.mp4: there is no such file or folder"),
        ("rtsp://10.0.0.7/x", 2, "rtsp://10.0.0.7/x: a camera has no end; wanted a file or a folder"),
    ],
)
def test_what_cannot_be_measured(call: Call, one_line: OneLine, source: str, code: int, wanted: str) -> None:
    done = call("bench", source)
    assert (done.returncode, one_line(done)) == (code, wanted)
