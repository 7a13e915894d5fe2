"""``posestream doctor``: is everything here, and does this camera work; names what fails."""

import platform
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from inference.models import built_in_cards
from inference.models.cache import ModelCache, default_cache
from inference.models.pull import missing_cards
from inference.runners.openvino import import_openvino
from ingest.probe import probe
from ingest.source import parse_source
from posestream import __version__
from posestream.errors import ModelMissing, PosestreamError
from posestream.ownership import refuse_second_owner
from posestream.redact import redact


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    source: Annotated[str | None, typer.Argument(help="A camera, clip or folder to try.", metavar="[URL]")] = None,
) -> None:
    """Check this machine, and a camera if one is given; the exit code is that of the first thing that fails."""
    checks: list[tuple[str, Callable[[], str]]] = [
        ("posestream", lambda: f"{__version__}, Python {platform.python_version()}"),
        ("import names", _names),
        ("engine", _engine),
        ("models", _models),
    ]
    if source is not None:
        checks.append(("source", lambda: _source(source)))
    failures: list[PosestreamError] = []
    for name, check in checks:
        try:
            typer.echo(f"{typer.style('ok', fg='green')}    {name}: {check()}", err=True)
        except PosestreamError as exc:
            typer.echo(f"{typer.style('fails', fg='red')} {name}: {redact(str(exc))}", err=True)
            failures.append(exc)
    if failures:
        sys.exit(failures[0].exit_code)


def _names() -> str:
    refuse_second_owner()
    return "ours alone"


def _engine() -> str:
    engine = import_openvino()
    core = engine.Core()
    return f"OpenVINO {engine.__version__.split('-')[0]} on {core.get_property('CPU', 'FULL_DEVICE_NAME')}"


def _models() -> str:
    cache = ModelCache(default_cache())
    missing = missing_cards(built_in_cards(), cache)
    if missing:
        raise ModelMissing(f"{', '.join(card.name for card in missing)} not here: run 'posestream models pull'")
    return f"all in {cache.root}"


def _source(text: str) -> str:
    facts = probe(parse_source(text))
    rate = f"{facts.fps:g} fps" if facts.fps else "no stated rate"
    return (
        f"{facts.codec} {facts.width}x{facts.height}, {rate}, open after {facts.open_seconds:.1f} s, "
        f"first picture after {facts.first_frame_seconds:.1f} s"
    )
