import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., "subprocess.CompletedProcess[str]"]
OneLine = Callable[["subprocess.CompletedProcess[str]"], str]


@pytest.mark.testdata
def test_results_give_the_figures_of_the_original_evaluator(posestream: Call, testdata: Path) -> None:
    folder = testdata / "evaluator"
    words = ("--truth", folder / "example_coco_val.json", "--results", folder / "example_coco_preds.json")
    done = posestream("eval", "results", *words, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    figures = json.loads(done.stdout)
    wanted = {"AP": 0.8609, "AP50": 0.9931, "AP75": 0.9109, "AR": 0.8750}
    assert {name: round(figures[name], 4) for name in wanted} == wanted
    table = posestream("eval", "results", *words)
    assert table.returncode == 0
    assert "0.8609" in table.stdout


@pytest.mark.weights
@pytest.mark.testdata
@pytest.mark.usefixtures("pulled_models")
@pytest.mark.parametrize(("preset", "least_ap", "least_pck"), [("fast", 0.45, 0.78), ("accurate", 0.74, 0.86)])
def test_presets_are_as_good_as_promised(
    posestream: Call, testdata: Path, preset: str, least_ap: float, least_pck: float
) -> None:
    folder = testdata / "coco"
    words = ("--images", folder / "images", "--truth", folder / "person_keypoints.json", "--preset", preset)
    done = posestream("eval", "poses", *words, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert set(figures) >= {"AP", "AP50", "AP75", "AR", "PCK@0.2", "F1", "images", "persons"}
    assert figures["images"] == 4
    assert figures["AP"] >= least_ap
    assert figures["PCK@0.2"] >= least_pck


@pytest.mark.parametrize(
    ("truth", "wanted"),
    [
        (None, "truth.json: cannot be read: No such file or directory"),
        ("[]", "truth: wanted an object, got a list"),
    ],
)
def test_files_that_are_none_are_one_line(
    call: Call, one_line: OneLine, tmp_path: Path, truth: str | None, wanted: str
) -> None:
    if truth is not None:
        (tmp_path / "truth.json").write_text(truth)
    (tmp_path / "results.json").write_text("[]")
    done = call("eval", "results", "--truth", "truth.json", "--results", "results.json", "--json")
    assert (done.returncode, one_line(done)) == (3, wanted)
