import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inference.compositions import Composition
from inference.estimator import PoseEstimator
from ingest.recording import open_recording
from ingest.settings import ReadSettings
from ingest.source import parse_source
from posestream.config import CameraConfig, ZoneRuleConfig
from posestream.errors import InputError, UsageError
from posestream.hosts.analyze import AnalyzeOptions, analyze
from posestream.hosts.stages import CameraStages

WALK = [[(4 * index, 60)] for index in range(60)]  # enters the right half at frame 35, stays in view


@pytest.fixture
def run(estimator: PoseEstimator, camera: CameraConfig, rule: ZoneRuleConfig, tmp_path: Path) -> Callable[..., Any]:
    """``run(clip, folder, options, progress, stop)`` analyses a clip and gives the summary."""

    def run_(
        clip: Path,
        folder: Path = tmp_path / "out",
        options: AnalyzeOptions = AnalyzeOptions(),  # noqa: B008  # frozen
        progress: Callable[[int, int | None, int], None] = lambda *_: None,
        stop: threading.Event | None = None,
    ) -> dict[str, Any]:
        recording = open_recording(parse_source(str(clip)), ReadSettings("cam"), 1_750_000_000_000_000_000)
        stages = CameraStages(camera, (rule,))
        return analyze(recording, estimator, stages, folder, options, progress, stop or threading.Event())

    return run_


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_nobody_in_the_clip(run: Callable[..., Any], make_clip: Callable[..., Path], tmp_path: Path) -> None:
    summary = run(make_clip([[]] * 3))
    assert (summary["frames"], summary["persons_mean"], summary["alerts"]) == (3, 0.0, {})
    assert [line["persons"] for line in lines(tmp_path / "out" / "poses.jsonl")] == [[], [], []]
    assert (tmp_path / "out" / "alerts.jsonl").read_text() == ""


def test_every_frame_is_answered_and_the_summary_says_what_it_cost(
    run: Callable[..., Any], make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    seen: list[tuple[int, int | None, int]] = []
    summary = run(make_clip(WALK), progress=lambda *now: seen.append(now))
    poses = lines(tmp_path / "out" / "poses.jsonl")
    assert [line["frame_index"] for line in poses] == list(range(60))
    assert [len(line["persons"]) for line in poses] == [1] * 60
    assert seen == [(number + 1, 60, 1) for number in range(60)]
    assert (summary["frames"], summary["frames_expected"], summary["complete"], summary["lost"]) == (60, 60, True, None)
    assert (summary["camera"], summary["model"], summary["tracks"]) == ("cam", "blocks@1", 1)
    assert list(summary["cpu_seconds"]) == ["decode", "infer", "track", "rules", "write"]
    assert all(set(cost) == {"wall_ms", "cpu_ms"} for cost in summary["per_frame"].values())
    total = sum(cost["cpu_ms"] for cost in summary["per_frame"].values())
    assert summary["cost_per_frame"]["cpu_ms"] == pytest.approx(total, abs=0.01)
    assert json.loads((tmp_path / "out" / "summary.json").read_text()) == summary


def test_alerts_fire_and_are_resolved_at_the_end_the_same_on_every_run(
    run: Callable[..., Any], make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    clip = make_clip(WALK)
    first, second = tmp_path / "first", tmp_path / "second"
    assert run(clip, first)["alerts"] == run(clip, second)["alerts"] == {"in": 1}
    alerts = lines(first / "alerts.jsonl")
    assert [(alert["state"], alert["zone"]) for alert in alerts] == [("firing", "right"), ("resolved", "right")]
    assert 36 <= alerts[0]["frame_index"] <= 40
    assert (alerts[1]["id"], alerts[1]["frame_index"]) == (alerts[0]["id"], 59)
    for name in ("alerts.jsonl", "poses.jsonl", "tracks.txt"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_every_nth_frame_is_looked_at_and_all_are_answered(
    run: Callable[..., Any], make_clip: Callable[..., Path], tmp_path: Path, blocks: Composition
) -> None:
    summary = run(make_clip(WALK[:10]), options=AnalyzeOptions(every=3))
    poses = lines(tmp_path / "out" / "poses.jsonl")
    assert [line["inferred"] for line in poses] == [index % 3 == 0 for index in range(10)]
    assert (summary["frames"], summary["frames_inferred"], len(blocks.told)) == (10, 4, 4)


def test_a_drawn_video_is_made_when_asked_for(
    run: Callable[..., Any], make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    summary = run(make_clip(WALK[:3]), options=AnalyzeOptions(draw=True))
    assert "draw" in summary["cpu_seconds"]
    assert (tmp_path / "out" / "annotated.mp4").stat().st_size > 0


def test_a_stop_keeps_what_was_done_and_says_so(
    run: Callable[..., Any], make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    stop = threading.Event()
    summary = run(make_clip(WALK), progress=lambda done, *_: stop.set() if done == 45 else None, stop=stop)
    assert (summary["frames"], summary["complete"], summary["lost"]) == (45, False, "stopped after 45 frames")
    assert len(lines(tmp_path / "out" / "poses.jsonl")) == 45
    assert [alert["state"] for alert in lines(tmp_path / "out" / "alerts.jsonl")] == ["firing", "resolved"]


def test_a_stop_before_the_first_frame(run: Callable[..., Any], make_clip: Callable[..., Path]) -> None:
    stop = threading.Event()
    stop.set()
    summary = run(make_clip(WALK[:2]), stop=stop)
    assert (summary["frames"], summary["complete"]) == (0, False)


def test_the_good_part_of_a_truncated_clip_is_analysed(
    run: Callable[..., Any], make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    clip = make_clip(WALK, "clip.mkv")
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    summary = run(clip)
    assert 0 < summary["frames"] < 60
    assert summary["complete"] is False
    assert summary["lost"]
    assert len(lines(tmp_path / "out" / "poses.jsonl")) == summary["frames"]


def test_a_clip_without_one_good_frame_is_no_input(
    run: Callable[..., Any], make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    clip = make_clip(WALK[:5], "clip.avi")
    content = bytearray(clip.read_bytes())
    start = content.index(b"movi")
    content[start + 4 :] = bytes(len(content) - start - 4)
    clip.write_bytes(content)
    with pytest.raises(InputError, match="clip"):
        run(clip)
    assert not (tmp_path / "out" / "summary.json").exists()


def test_a_folder_that_cannot_be_made(run: Callable[..., Any], make_clip: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(UsageError, match=r"file.*: cannot make this folder: "):
            run(make_clip([[]]), folder)
