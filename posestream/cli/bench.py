"""``posestream bench``: what each stage costs on a given file."""

import sys
import tempfile
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from inference.estimator import PoseEstimator
from ingest.recording import open_recording
from ingest.settings import ReadSettings
from ingest.source import camera_id_from, parse_source
from posestream.cli.progress import frames_bar
from posestream.hosts.analyze import AnalyzeOptions, analyze
from posestream.hosts.cameras import plain_camera
from posestream.hosts.limited import FirstFrames
from posestream.hosts.stages import CameraStages
from posestream.hosts.summary import write_summary


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(bench)


def bench(
    file: Annotated[str, typer.Argument(help="A clip.")],
    preset: Annotated[str, typer.Option("--preset", help="fast, accurate, 3d or your own model.")] = "accurate",
    frames: Annotated[int, typer.Option("--frames", min=1, help="Frames to take.")] = 200,
    width: Annotated[
        int, typer.Option("--width", min=64, help="Scale to this width, as the live pipeline does.")
    ] = 640,
    detector_every: Annotated[int, typer.Option("--detector-every", min=1, help="As in the config.")] = 1,
    threads: Annotated[int, typer.Option("--threads", min=0, max=256, help="Inference threads; 0: all cores.")] = 0,
    report: Annotated[Path | None, typer.Option("--report", help="Write the figures as JSON.")] = None,
) -> None:
    """Measure wall and CPU milliseconds a frame of each stage."""
    source = parse_source(file)
    camera = plain_camera(source, camera_id_from(source))
    recording = FirstFrames(open_recording(source, ReadSettings(camera_id=camera.id, width=width)), frames)
    with (
        PoseEstimator.of_preset(preset, threads=threads, detector_every=detector_every) as estimator,
        tempfile.TemporaryDirectory() as folder,
        frames_bar(source.label) as progress,
    ):
        warm = open_recording(source, ReadSettings(camera_id=camera.id, width=width))
        with warm:
            estimator.estimate(next(iter(warm)))
        stages = CameraStages(camera, ())
        summary = analyze(recording, estimator, stages, Path(folder), AnalyzeOptions(), progress, threading.Event())
    figures = {"file": source.label, "preset": preset, "width": width, "detector_every": detector_every} | summary
    if report is not None:
        write_summary(report, figures)
    table = Table("stage", "wall ms/frame", "CPU ms/frame")
    for stage, cost in summary["per_frame"].items():
        table.add_row(stage, f"{cost['wall_ms']:.2f}", f"{cost['cpu_ms']:.2f}")
    table.add_row("all", f"{1000 / summary['frames_per_second']:.2f}", f"{summary['cost_per_frame']['cpu_ms']:.2f}")
    Console(file=sys.stdout).print(table)
