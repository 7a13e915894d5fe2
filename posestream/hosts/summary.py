"""summary.json: what an analysis saw and what it cost."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ingest.report import ReadReport
from posestream.errors import PosestreamError
from posestream.hosts.costs import StageCosts
from posestream.schemas import Alert, AlertState, Tracks


class Tally:
    """Counts over the frames of one recording."""

    def __init__(self) -> None:
        self.frames = 0
        self.inferred = 0
        self._persons: list[int] = []
        self._track_ids: set[int] = set()
        self._alerts: dict[str, set[str]] = {}
        self._last_pts = 0.0

    def add(self, tracks: Tracks, alerts: Sequence[Alert]) -> None:
        """Count one frame."""
        self.frames += 1
        self._last_pts = tracks.poses.stamp.pts_seconds
        if tracks.poses.inferred:
            self.inferred += 1
            self._persons.append(len(tracks.poses))
        self._track_ids.update(tracks.track_ids[tracks.confirmed].tolist())
        for alert in alerts:
            if alert.state is AlertState.FIRING:
                self._alerts.setdefault(alert.rule, set()).add(alert.id)

    def summary(self, report: ReadReport, expected: int | None, costs: StageCosts, seconds: float) -> dict[str, Any]:
        """Give the object of summary.json; ``seconds`` is the wall time of the whole analysis."""
        cpu = sum(cost.cpu_seconds for cost in costs.of.values())
        return {
            "frames": self.frames,
            "frames_expected": expected,
            "frames_inferred": self.inferred,
            "frames_corrupt": report.frames_corrupt,
            "complete": report.complete,
            "lost": report.reason,
            "video_seconds": round(self._last_pts, 3),
            "seconds": round(seconds, 3),
            "frames_per_second": round(self.frames / seconds, 2) if seconds else None,
            "persons_mean": round(float(np.mean(self._persons)), 3) if self._persons else 0.0,
            "persons_most": max(self._persons, default=0),
            "tracks": len(self._track_ids),
            "alerts": {rule: len(ids) for rule, ids in sorted(self._alerts.items())},
            "cpu_seconds": {stage: round(cost.cpu_seconds, 3) for stage, cost in costs.of.items()},
            "per_frame": costs.per_frame_ms(self.frames),
            "cost_per_frame": {"cpu_ms": round(cpu / max(self.frames, 1) * 1e3, 3)},
        }


def write_summary(path: Path, summary: dict[str, Any]) -> None:
    """Write figures as a JSON file; raises PosestreamError with one line if that fails."""
    try:
        path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    except OSError as exc:
        raise PosestreamError(f"{path}: cannot be written: {exc.strerror}") from exc
