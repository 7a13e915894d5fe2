"""``posestream replay``: recorded poses or tracks into Kafka again."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from posestream.cli.extras import loaded
from posestream.cli.progress import frames_bar
from posestream.clock import SystemClock
from posestream.config import load_config
from posestream.errors import UsageError
from posestream.hosts.times import parse_start_time
from posestream.lifecycle import StopSignals
from posestream.logs import configure_logs

_CAMERA = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class Stream(StrEnum):
    """What can be sent again."""

    POSES = "poses"
    TRACKS = "tracks"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(replay_command)


def replay_command(
    files: Annotated[
        list[Path],
        typer.Argument(help="Files or folders of 'archive', or poses.jsonl of 'analyze'.", metavar="FILE..."),
    ],
    config: Annotated[Path, typer.Option("--config", help="The config file; its section kafka is what counts.")],
    stream: Annotated[Stream, typer.Option("--stream", help="What is sent.")] = Stream.POSES,
    speed: Annotated[str, typer.Option("--speed", help="1: as it was; 10: ten times faster; max.")] = "1",
    since: Annotated[str | None, typer.Option("--from", help="Begin in capture time, ISO-8601.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="End in capture time, ISO-8601; not included.")] = None,
    camera: Annotated[str | None, typer.Option("--camera", help="Only what this camera recorded.")] = None,
    name: Annotated[
        str | None,
        typer.Option("--as", help="Send it as another camera's: rules can be tried on it beside the live one."),
    ] = None,
) -> int:
    """Send recorded poses or tracks to their topic again, in the order of capture.

    Ids are those that were recorded: services that have seen the events pass over them. With --as they are another
    camera's. Exit code 3: a file could not be read; 4: the broker cannot be reached.
    """
    configure_logs()
    hosts = loaded("posestream.hosts.replay", "replay")
    if name is not None and not _CAMERA.fullmatch(name):
        raise UsageError(f"--as: wanted 1 to 64 letters, digits and _ . -, got '{name[:80]}'")
    options = hosts.ReplayOptions(
        stream=stream.value,
        speed=parse_speed(speed),
        since_ns=None if since is None else parse_start_time(since, "--from"),
        until_ns=None if until is None else parse_start_time(until, "--to"),
        camera=camera,
        name=name,
    )
    kafka = load_config(config, opens_cameras=False).kafka
    with StopSignals() as signals:
        with frames_bar(f"replay {stream.value}") as progress:
            sent = hosts.replay(files, kafka, options, SystemClock(), signals.stop, progress)
        typer.echo(f"{sent} events sent to {kafka.topic(stream.value)}", err=True)
        return signals.exit_code


def parse_speed(text: str) -> float | None:
    """Give how many times faster than capture; None for ``max``. Raises UsageError for anything else."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.001 <= speed <= 1e6:
        raise UsageError(f"--speed: wanted 'max' or a number from 0.001 to 1000000, got '{text[:40]}'")
    return speed
