import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., "subprocess.CompletedProcess[str]"]
OneLine = Callable[["subprocess.CompletedProcess[str]"], str]


def summary_of(folder: Path) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return summary


def said(done: "subprocess.CompletedProcess[str]") -> list[str]:
    return [line for line in done.stderr.splitlines() if line.startswith("posestream: ")]


@pytest.mark.parametrize(
    ("words", "code", "wanted"),
    [
        (["gone.mp4"], 3, "gone.mp4: there is no such file or folder"),
        (["clip.mp4", "--preset", "best"], 2, "unknown preset 'best': there are fast, accurate, 3d"),
        (["rtsp://a:CANARY@h/x"], 2, "analyze reads files and folders; for a camera use 'posestream run'"),
        (["https://a:CANARY@h/x.m3u8"], 2, "analyze reads files and folders; for a camera use 'posestream run'"),
        (["test:pattern"], 2, "analyze reads files and folders; for a camera use 'posestream run'"),
        (["clip.mp4", "--start-time", "noon"], 2, "--start-time: wanted a time like 2026-01-31T08:00:00Z, got 'noon'"),
        (
            ["clip.mp4", "--preset", "fast"],
            5,
            "model 'movenet-multipose' is not in {cache}: run 'posestream models pull' once with a network",
        ),
    ],
)
def test_what_cannot_be_done_is_one_line(
    call: Call,
    one_line: OneLine,
    make_clip: Callable[..., Path],
    no_models: dict[str, str],
    words: list[str],
    code: int,
    wanted: str,
) -> None:
    make_clip()
    done = call("analyze", *words, "--out", "out", **no_models)
    assert done.returncode == code
    assert one_line(done) == wanted.format(cache=no_models["POSESTREAM_CACHE"])


@pytest.mark.weights
@pytest.mark.usefixtures("pulled_models")
def test_bad_files_are_a_line_each_and_the_good_part_is_analysed(
    posestream: Call, make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "text.mp4").write_text("not a video")
    (tmp_path / "empty.mp4").touch()
    cut = make_clip("cut.avi", 30)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    make_clip("good.mp4", 3)
    (tmp_path / "other").mkdir()
    make_clip("other/good.mp4", 2)
    files = ("text.mp4", "empty.mp4", "cut.avi", "good.mp4", "other/good.mp4")
    done = posestream("analyze", *files, "--out", "out", "--preset", "fast")
    assert (done.returncode, done.stdout) == (3, "")
    lost = summary_of(tmp_path / "out" / "cut")["lost"]
    assert said(done) == [
        "posestream: text.mp4: not a video or picture that can be read",
        "posestream: empty.mp4: not a video or picture that can be read",
        f"posestream: cut.avi: {lost}",
    ]
    cut_frames = summary_of(tmp_path / "out" / "cut")["frames"]
    assert 5 < cut_frames < 25
    assert f"{cut_frames} of about 30" in lost
    assert len((tmp_path / "out" / "cut" / "poses.jsonl").read_text().splitlines()) == cut_frames
    assert [summary_of(tmp_path / "out" / name)["frames"] for name in ("good", "good-2")] == [3, 2]


@pytest.mark.weights
@pytest.mark.usefixtures("pulled_models")
def test_an_interrupt_keeps_what_was_done(
    start: Callable[..., "subprocess.Popen[str]"],
    wait_for: Callable[..., None],
    make_clip: Callable[..., Path],
    tmp_path: Path,
) -> None:
    make_clip("clip.avi", 1500)
    process = start("analyze", "clip.avi", "--out", "out", "--preset", "fast")
    part = tmp_path / "out" / "poses.jsonl.part"
    wait_for(lambda: part.exists() and part.read_text().count("\n") >= 3)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    frames = summary_of(tmp_path / "out")["frames"]
    assert 3 <= frames < 1500
    assert summary_of(tmp_path / "out")["complete"] is False
    assert len((tmp_path / "out" / "poses.jsonl").read_text().splitlines()) == frames
    assert "posestream: " not in (tmp_path / "err.txt").read_text()


@pytest.mark.weights
@pytest.mark.testdata
@pytest.mark.usefixtures("pulled_models")
def test_pictures_with_a_config_and_a_start_time(posestream: Call, testdata: Path, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(
        "cameras: [{id: shop, url: 'dir:elsewhere'}]\nmodel: {preset: fast, threads: 1}\n"
    )
    words = ("--config", "site.yaml", "--start-time", "2026-01-31T08:00:00Z", "--draw", "--every", 2)
    done = posestream("analyze", testdata / "coco" / "images", "--out", "out", *words)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (tmp_path / "out" / "poses.jsonl").read_text().splitlines()]
    assert [(line["camera"], line["captured_at"][:19], line["inferred"]) for line in lines[:2]] == [
        ("shop", "2026-01-31T08:00:00", True),
        ("shop", "2026-01-31T08:00:01", False),
    ]
    results = json.loads((tmp_path / "out" / "coco_results.json").read_text())
    assert {result["image_id"] for result in results} <= {785, 40083, 196141, 197388}
    assert (tmp_path / "out" / "annotated.mp4").stat().st_size > 0
