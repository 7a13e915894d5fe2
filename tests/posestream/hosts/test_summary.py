import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.report import ReadReport
from posestream.config import CameraConfig, ZoneRuleConfig
from posestream.errors import PosestreamError
from posestream.hosts.costs import StageCost, StageCosts
from posestream.hosts.stages import CameraStages
from posestream.hosts.summary import Tally, write_summary
from posestream.schemas import Poses

WHOLE = ReadReport(0, 0, complete=True)


def test_nothing_was_read() -> None:
    summary = Tally().summary(WHOLE, None, StageCosts(), 0.0)
    assert summary["frames"] == summary["frames_inferred"] == summary["tracks"] == summary["persons_most"] == 0
    assert (summary["frames_expected"], summary["frames_per_second"], summary["lost"]) == (None, None, None)
    assert summary["alerts"] == summary["per_frame"] == {}


def test_frames_persons_tracks_alerts_and_costs_are_counted(
    camera: CameraConfig, rule: ZoneRuleConfig, make_poses: Callable[..., Poses]
) -> None:
    stages, tally = CameraStages(camera, (rule,)), Tally()
    for index in range(10):
        looked = index % 2 == 0
        tracks = stages.follow(make_poses(index, [(200, 60), (20, 60)] if looked else [], inferred=looked))
        tally.add(tracks, stages.judge(tracks))
    costs = StageCosts()
    costs.of["infer"] = StageCost(wall_seconds=1.0, cpu_seconds=1.5)
    costs.of["track"] = StageCost(wall_seconds=0.1, cpu_seconds=0.1)
    summary = tally.summary(ReadReport(10, 2, complete=False, reason="2 frames are damaged"), 12, costs, 2.0)
    assert summary == {
        "frames": 10,
        "frames_expected": 12,
        "frames_inferred": 5,
        "frames_corrupt": 2,
        "complete": False,
        "lost": "2 frames are damaged",
        "video_seconds": 0.9,
        "seconds": 2.0,
        "frames_per_second": 5.0,
        "persons_mean": 2.0,
        "persons_most": 2,
        "tracks": 2,
        "alerts": {"in": 1},
        "cpu_seconds": {"infer": 1.5, "track": 0.1},
        "per_frame": {"infer": {"wall_ms": 100.0, "cpu_ms": 150.0}, "track": {"wall_ms": 10.0, "cpu_ms": 10.0}},
        "cost_per_frame": {"cpu_ms": 160.0},
    }


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_summary(tmp_path / "summary.json", {"frames": 3, "lost": None})
    assert json.loads((tmp_path / "summary.json").read_text()) == {"frames": 3, "lost": None}


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(PosestreamError, match=r"no/summary\.json: cannot be written: No such file"):
        write_summary(tmp_path / "no" / "summary.json", {})
