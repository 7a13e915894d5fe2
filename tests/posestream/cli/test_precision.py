"""``posestream models precision``: the graph is there, its AP stands beside the original's."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest

from inference.runners.tensorrt_precision import graph_precision

Call = Callable[..., "subprocess.CompletedProcess[str]"]
OneLine = Callable[["subprocess.CompletedProcess[str]"], str]


@pytest.mark.weights
@pytest.mark.testdata
@pytest.mark.slow
@pytest.mark.usefixtures("pulled_models")
@pytest.mark.parametrize(("kind", "least"), [("fp16", 0.76), ("int8", 0.60)])
def test_thunder_in_fewer_bits(posestream: Call, testdata: Path, tmp_path: Path, kind: str, least: float) -> None:
    folder, out = testdata / "coco", tmp_path / "short.onnx"
    words = ("--images", folder / "images", "--truth", folder / "person_keypoints.json", "--out", out, "--json")
    done = posestream("models", "precision", "movenet-thunder", f"--{kind}", *words)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert list(figures) == ["fp32", kind]
    assert figures["fp32"]["AP"] >= 0.74
    assert figures[kind]["AP"] >= least
    assert graph_precision(out) == kind
    onnx.checker.check_model(out)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "wanted either --fp16 or --int8"),
        (("--fp16", "--int8"), "wanted either --fp16 or --int8"),
        (("--fp16", "--size", "256"), "--size: wanted HEIGHTxWIDTH"),
        (("--fp16", "--size", "0x64"), "--size: wanted HEIGHTxWIDTH"),
    ],
)
def test_wrong_usage_is_one_line(
    posestream: Call, one_line: OneLine, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    done = posestream("models", "precision", "nanodet", "--images", tmp_path, "--truth", tmp_path / "t.json", *words)
    assert done.returncode == 2
    assert message in one_line(done)


def test_an_unknown_network_is_one_line(posestream: Call, one_line: OneLine, tmp_path: Path) -> None:
    done = posestream("models", "precision", "nobody", "--fp16", "--images", tmp_path, "--truth", tmp_path / "t.json")
    assert done.returncode == 2
    assert "nobody" in one_line(done)
