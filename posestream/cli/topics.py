"""``posestream topics apply | show``: the topics as they should be, and as they are."""

from pathlib import Path
from typing import Annotated

import typer

from posestream.cli.extras import loaded
from posestream.config import load_config
from posestream.logs import configure_logs

topics = typer.Typer(help="The topics in Kafka: make them, look at them.", no_args_is_help=True, rich_markup_mode=None)

ConfigOption = Annotated[Path, typer.Option("--config", help="The config file; its section kafka is what counts.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(topics, name="topics")


@topics.command("apply")
def apply(
    config: ConfigOption,
    more_partitions: Annotated[
        bool,
        typer.Option("--more-partitions", help="Add partitions to topics that have fewer; stop the services before."),
    ] = False,
    shrink: Annotated[
        bool, typer.Option("--shrink", help="Set ours where somebody keeps more or larger messages than we would.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Make the topics that are missing and set what differs; may be repeated.

    Nothing is taken away unasked: partitions never, longer retention and larger sizes only with --shrink. Exit code 0:
    all is as wanted; 1: something was refused or is too small, one line each with the remedy; 4: the broker cannot be
    reached or refuses.
    """
    configure_logs()
    code: int = loaded("posestream.cli.topic_commands", "topics").apply(
        load_config(config, opens_cameras=False).kafka, more_partitions=more_partitions, shrink=shrink, as_json=as_json
    )
    return code


@topics.command("show")
def show(config: ConfigOption, as_json: JsonOption = False) -> int:
    """Show the topics, how much lies in them, how far behind each group is, and what differs from what is wanted.

    Exit code 0: all is as wanted; 1: something differs or is too small, one line each with the remedy; 4: the broker
    cannot be reached.
    """
    configure_logs()
    kafka = load_config(config, opens_cameras=False).kafka
    code: int = loaded("posestream.cli.topic_commands", "topics").show(kafka, as_json=as_json)
    return code
