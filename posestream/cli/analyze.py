"""``posestream analyze``: files in, result files out."""

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from inference.estimator import PoseEstimator
from ingest.recording import open_recording
from ingest.settings import settings_of
from ingest.source import Source, camera_id_from, parse_source
from posestream.cli.progress import frames_bar
from posestream.config import Config, load_config
from posestream.errors import InputError, UsageError
from posestream.hosts.analyze import AnalyzeOptions, analyze, make_folder
from posestream.hosts.cameras import configured_camera, plain_camera
from posestream.hosts.stages import CameraStages
from posestream.hosts.times import parse_start_time
from posestream.lifecycle import StopSignals
from posestream.logs import configure_logs

MOST_WIDTH = 1280


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("analyze")(analyze_command)


def analyze_command(
    files: Annotated[list[str], typer.Argument(help="Clips, pictures or folders of pictures.", metavar="FILE...")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the results.")],
    config: Annotated[Path | None, typer.Option("--config", help="Zones and rules.")] = None,
    preset: Annotated[
        str | None, typer.Option("--preset", help="fast, accurate, 3d or your own model; default: the config's.")
    ] = None,
    draw: Annotated[bool, typer.Option("--draw", help="Write annotated.mp4, too.")] = False,
    every: Annotated[int, typer.Option("--every", min=1, help="Look at every Nth frame.")] = 1,
    width: Annotated[
        int | None, typer.Option("--width", min=64, help="Scale to this width; default: the source's, at most 1280.")
    ] = None,
    start_time: Annotated[
        str | None, typer.Option("--start-time", help="Time of the first frame, ISO-8601; default: the file's.")
    ] = None,
    threads: Annotated[int, typer.Option("--threads", min=0, max=256, help="Inference threads; 0: all cores.")] = 0,
    detector_every: Annotated[
        int | None,
        typer.Option("--detector-every", min=1, help="accurate: look for new persons every Nth frame; default: each."),
    ] = None,
) -> int:
    """Analyse recordings: every frame is answered, none is lost.

    Writes poses.jsonl, tracks.txt (MOT), alerts.jsonl, summary.json, for pictures coco_results.json, with --draw
    annotated.mp4. Several files get one sub-folder each. Exit code 3 when an input could not be read wholly.
    """
    configure_logs()
    settings = load_config(config) if config else Config()
    sources = [parse_source(text) for text in files]
    folders = _folders(sources, out)
    start_ns = None if start_time is None else parse_start_time(start_time)
    for folder in folders:
        make_folder(folder)  # now: a mistake should not wait for the networks
    problems: list[str] = []
    with (
        StopSignals() as signals,
        PoseEstimator.of_preset(
            settings.model.preset if preset is None else preset,
            threads=threads or settings.model.threads,
            detector_every=detector_every or settings.model.detector_every or 1,
            device=settings.model.device,
        ) as estimator,
    ):
        job = _Job(settings, estimator, AnalyzeOptions(every=every, draw=draw), width, start_ns, signals.stop)
        for source, folder in zip(sources, folders, strict=True):
            if not signals.stop.is_set():
                problems += job.analyze(source, folder)
    if problems and not signals.exit_code:
        raise InputError("\n".join(problems))
    return signals.exit_code


@dataclass(frozen=True)
class _Job:
    """What all files of one command share."""

    settings: Config
    estimator: PoseEstimator
    options: AnalyzeOptions
    width: int | None
    start_ns: int | None
    stop: threading.Event

    def analyze(self, source: Source, folder: Path) -> list[str]:
        """Analyse one source; give what went wrong with it."""
        camera = configured_camera(self.settings, source) or plain_camera(source, camera_id_from(source))
        own_width = None if self.width else MOST_WIDTH
        reading = replace(settings_of(camera), width=self.width, max_width=own_width, fps=None)
        stages = CameraStages(camera, self.settings.rules_of(camera))
        try:
            recording = open_recording(source, reading, self.start_ns)
            with frames_bar(source.label) as progress:
                summary = analyze(recording, self.estimator, stages, folder, self.options, progress, self.stop)
        except InputError as exc:
            return [str(exc)]
        typer.echo(f"{source.label}: {summary['frames']} frames -> {folder}", err=True)
        return [] if summary["complete"] else [f"{source.label}: {summary['lost']}"]


def _folders(sources: list[Source], out: Path) -> list[Path]:
    """Give one folder per source: ``out`` itself for a single one, else sub-folders by the stem."""
    if any(source.is_live for source in sources):
        raise UsageError("analyze reads files and folders; for a camera use 'posestream run'")
    if len(sources) == 1:
        return [out]
    names: list[str] = []
    for source in sources:
        stem = camera_id_from(source)
        name, number = stem, 2
        while name in names:
            name, number = f"{stem}-{number}", number + 1
        names.append(name)
    return [out / name for name in names]
