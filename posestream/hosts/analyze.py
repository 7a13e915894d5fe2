"""``posestream analyze``: every frame of a recording, no loss, results as files."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.estimator import PoseEstimator
from ingest.recording import Recording
from posestream.errors import UsageError
from posestream.hosts.costs import StageCosts
from posestream.hosts.outputs import ResultFiles
from posestream.hosts.stages import CameraStages
from posestream.hosts.summary import Tally, write_summary
from posestream.schemas import Frame, Poses

Progress = Callable[[int, int | None, int], None]
"""Called after each frame with the frames done, the frames expected and the persons in the frame."""


@dataclass(frozen=True)
class AnalyzeOptions:
    """``every`` = N looks at every Nth frame (the others are answered by motion); ``draw`` writes annotated.mp4."""

    every: int = 1
    draw: bool = False


def analyze(
    recording: Recording,
    estimator: PoseEstimator,
    stages: CameraStages,
    folder: Path,
    options: AnalyzeOptions,
    progress: Progress,
    stop: threading.Event,
) -> dict[str, Any]:
    """Analyse one recording into ``folder`` and give the content of summary.json.

    Every frame of the recording is answered by one line of poses.jsonl, in order. When ``stop`` is set the
    frames so far are kept and the summary says that it is not complete.

    Raises:
        InputError: if not one frame could be read.
        UsageError: if the folder cannot be written.
    """
    make_folder(folder)
    costs, tally = StageCosts(), Tally()
    start = time.perf_counter()
    with recording, ResultFiles(folder, recording, stages.camera.zones, draw=options.draw) as files:
        frames = iter(recording)
        while not stop.is_set() and (frame := _next(frames, costs)) is not None:
            poses = _look(frame, estimator, options.every, costs)
            with costs.measured("track"):
                tracks = stages.follow(poses)
            with costs.measured("rules"):
                alerts = stages.judge(tracks)
            with costs.measured("write"):
                files.write(frame, tracks, alerts)
            if options.draw:
                with costs.measured("draw"):
                    files.draw(frame, tracks)
            tally.add(tracks, alerts)
            progress(tally.frames, recording.expected_frames, len(poses))
        files.write_alerts(stages.finish())
    seconds = time.perf_counter() - start
    about = {"camera": stages.camera.id, "model": estimator.model}
    summary = about | tally.summary(recording.report, recording.expected_frames, costs, seconds)
    write_summary(folder / "summary.json", summary)
    return summary


def make_folder(folder: Path) -> None:
    """Make a folder for results; raises UsageError if that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise UsageError(f"{folder}: cannot make this folder: {exc.strerror}") from exc


def _next(frames: Iterator[Frame], costs: StageCosts) -> Frame | None:
    with costs.measured("decode"):
        return next(frames, None)


def _look(frame: Frame, estimator: PoseEstimator, every: int, costs: StageCosts) -> Poses:
    if frame.stamp.frame_index % every:
        return Poses.empty(frame.stamp, estimator.skeleton, estimator.model, inferred=False)
    with costs.measured("infer"):
        return estimator.estimate(frame)
