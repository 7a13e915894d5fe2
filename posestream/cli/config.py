"""``posestream config``: an example, a check, the schema."""

import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from inference.models.cache import ModelCache, default_cache
from inference.presets import check_preset
from ingest.source import camera_source
from posestream.config import Config, load_config
from posestream.errors import ConfigError, InputError, UsageError

config = typer.Typer(help="The config file: example, check, schema.", no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(config, name="config")


@config.command("example")
def example() -> None:
    """Print a commented example."""
    sys.stdout.write(files("posestream.config").joinpath("example.yaml").read_text(encoding="utf-8"))


@config.command("schema")
def schema() -> None:
    """Print the JSON schema, for editors."""
    sys.stdout.write(json.dumps(Config.model_json_schema(by_alias=True), indent=2) + "\n")


@config.command("check")
def check(file: Annotated[Path, typer.Argument(help="The config file.")]) -> None:
    """Check a config file; one line per mistake, exit code 2."""
    loaded = load_config(file)
    for number, camera in enumerate(loaded.cameras):
        try:
            camera_source(camera)
        except InputError:
            continue  # well written; whether it can be read is for 'run' and 'doctor' to say
        except UsageError as exc:
            raise ConfigError(f"{file}: cameras[{number}].url: {exc}") from None
    try:
        check_preset(loaded.model.preset, ModelCache(default_cache()))
    except UsageError as exc:
        raise ConfigError(f"{file}: model.preset: {exc}") from None
    cameras, rules = len(loaded.cameras), len(loaded.rules)
    typer.echo(f"{file}: good ({cameras} cameras, {rules} rules)", err=True)
