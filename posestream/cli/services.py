"""``posestream ingest | infer | track | alert | write | archive``: one service each, over Kafka."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, cast

import typer

from posestream.cli.extras import loaded
from posestream.config import load_config
from posestream.logs import configure_logs

# Loaded when called: each needs libraries that the others do not.
SERVICES = {
    "ingest": "ingest.service:serve",
    "infer": "posestream.hosts.infer:serve",
    "track": "sinks.track:serve",
    "alert": "sinks.alert:serve",
    "write": "sinks.write:serve",
    "archive": "sinks.archive:serve",
}
ConfigOption = Annotated[Path, typer.Option("--config", help="Cameras, rules, kafka and the rest.")]
DataOption = Annotated[Path, typer.Option("--data", help="Folder for state and files.")]
WorkerOption = Annotated[
    str | None,
    typer.Option("--worker-id", help="Name of this worker, the same after a restart; default: the machine's name."),
]
PortOption = Annotated[
    int | None,
    typer.Option("--metrics-port", min=0, max=65535, help="Port of /metrics, /livez, /readyz; default: the config's."),
]
VerboseOption = Annotated[bool, typer.Option("--verbose", help="Log more.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("ingest")(ingest)
    app.command("infer")(infer)
    app.command("track")(track)
    app.command("alert")(alert)
    app.command("write")(write)
    app.command("archive")(archive)


def ingest(
    config: ConfigOption,
    data: DataOption = Path("data"),
    worker_id: WorkerOption = None,
    metrics_port: PortOption = None,
    once: Annotated[
        bool, typer.Option("--once", help="Send each clip or folder once: every frame, none dropped; then end.")
    ] = False,
    verbose: VerboseOption = False,
) -> int:
    """Read the config's cameras and send their frames to Kafka; changes of the file are taken while it runs."""
    return _serve("ingest", config, data, worker_id, metrics_port, verbose=verbose, once=once, path=config)


def infer(
    config: ConfigOption,
    data: DataOption = Path("data"),
    worker_id: WorkerOption = None,
    metrics_port: PortOption = None,
    preset: Annotated[
        str | None, typer.Option("--preset", help="fast, accurate, 3d or your own model; default: the config's.")
    ] = None,
    verbose: VerboseOption = False,
) -> int:
    """Find the persons of the frames in Kafka; any number of these workers share the cameras."""
    return _serve("infer", config, data, worker_id, metrics_port, verbose=verbose, preset=preset)


def track(
    config: ConfigOption,
    data: DataOption = Path("data"),
    worker_id: WorkerOption = None,
    metrics_port: PortOption = None,
    verbose: VerboseOption = False,
) -> int:
    """Follow the persons of the poses in Kafka from frame to frame."""
    return _serve("track", config, data, worker_id, metrics_port, verbose=verbose)


def alert(
    config: ConfigOption,
    data: DataOption = Path("data"),
    worker_id: WorkerOption = None,
    metrics_port: PortOption = None,
    verbose: VerboseOption = False,
) -> int:
    """Judge the tracks in Kafka by the config's rules, and watch that cameras and services give signs of life."""
    return _serve("alert", config, data, worker_id, metrics_port, verbose=verbose, path=config)


def write(
    config: ConfigOption,
    data: DataOption = Path("data"),
    worker_id: WorkerOption = None,
    metrics_port: PortOption = None,
    verbose: VerboseOption = False,
) -> int:
    """Write series and alerts to the store: InfluxDB or SQLite."""
    return _serve("write", config, data, worker_id, metrics_port, verbose=verbose)


def archive(
    config: ConfigOption,
    data: DataOption = Path("data"),
    worker_id: WorkerOption = None,
    metrics_port: PortOption = None,
    verbose: VerboseOption = False,
) -> int:
    """Write poses and tracks to Parquet files, by day and camera."""
    return _serve("archive", config, data, worker_id, metrics_port, verbose=verbose)


def _serve(
    name: str,
    config: Path,
    data: Path,
    worker_id: str | None,
    metrics_port: int | None,
    *,
    verbose: bool,
    **more: object,
) -> int:
    """Load a service and run it; ``more`` are the options that it alone has."""
    configure_logs(verbose=verbose)
    settings = load_config(config, opens_cameras=name == "ingest")
    module, _, function = SERVICES[name].partition(":")
    serve = getattr(loaded(module, name), function)
    service = loaded("posestream.service", name)
    options = service.ServiceOptions(service.host_name() if worker_id is None else worker_id, data, metrics_port)
    return cast("Callable[..., int]", serve)(settings, options, **more)
