"""``posestream tail TOPIC``: what flows on a topic, one line a message."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from posestream.cli.extras import loaded
from posestream.config import load_config
from posestream.logs import configure_logs


class Begin(Enum):
    """Where to begin."""

    BEGINNING = "beginning"
    END = "end"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("tail")(tail)


def tail(
    topic: Annotated[
        str,
        typer.Argument(
            help="frames, poses, tracks, alerts, health, control, dead-letters, or any topic's full name.",
            metavar="TOPIC",
        ),
    ],
    config: Annotated[Path, typer.Option("--config", help="The config file; its section kafka says where.")],
    begin: Annotated[Begin, typer.Option("--from", help="Where to begin.")] = Begin.END,
    count: Annotated[int, typer.Option("--count", min=0, help="End after so many messages; 0: never.")] = 0,
    camera: Annotated[str | None, typer.Option("--camera", help="Only messages with this key.")] = None,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Wait for more at the end.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, as when the output is no terminal.")] = False,
) -> int:
    """Print the messages of a topic readably; commits nothing and is in no service's way.

    Messages are in order within a camera. What cannot be read is shown with the reason. Ends with Ctrl+C (exit code
    130), after --count messages or, with --no-follow, at the end of the topic.
    """
    configure_logs()
    commands = loaded("posestream.cli.tail_command", "tail")
    code: int = commands.tail(
        load_config(config, opens_cameras=False).kafka,
        topic,
        commands.TailOptions(begin is Begin.BEGINNING, count, camera, follow=follow, as_json=as_json),
    )
    return code
