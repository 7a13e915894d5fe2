"""``posestream models``: which networks there are, and getting them."""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from inference.models import built_in_cards, card_by_name
from inference.models.cache import ModelCache, default_cache
from inference.models.pull import missing_cards, pull_models
from posestream.cli.progress import download_bar
from posestream.errors import ModelMissing

models = typer.Typer(help="The networks: list, pull, check.", no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(models, name="models")


@models.command("list")
def list_models(as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False) -> None:
    """Show the networks, their licences and whether they are here."""
    missing = missing_cards(built_in_cards(), ModelCache(default_cache()))
    rows = [
        {
            "name": card.name,
            "summary": card.summary,
            "task": card.task.value,
            "licence": card.licence.name,
            "origin": card.source.origin,
            "package": card.source.place,
            "pulled": card not in missing,
        }
        for card in built_in_cards()
    ]
    if as_json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return
    table = Table("model", "does", "licence", "origin", "here")
    for row in rows:
        here = "yes" if row["pulled"] else "no"
        table.add_row(str(row["name"]), str(row["summary"]), str(row["licence"]), str(row["origin"]), here)
    Console().print(table)


@models.command("pull")
def pull_command(
    names: Annotated[list[str] | None, typer.Argument(help="Networks; all if left out.", metavar="[NAME]...")] = None,
) -> None:
    """Fetch the networks once, check and convert them; afterwards everything works offline."""
    cards = [card_by_name(name) for name in names] if names else list(built_in_cards())
    cache = ModelCache(default_cache())
    if not missing_cards(cards, cache):
        typer.echo("All models are here.", err=True)
        return
    for card in cards:
        name = typer.style(card.name, bold=True)
        typer.echo(f"{name} ({card.licence.name}, {card.source.origin}): {card.licence.note}", err=True)
    with download_bar() as report:
        pulled = pull_models(cards, cache, report)
    typer.echo(f"Pulled {', '.join(card.name for card in pulled)} into {cache.root}", err=True)


@models.command("check")
def check_models() -> None:
    """Check that the networks are here and whole; exit code 5 if not."""
    missing = missing_cards(built_in_cards(), ModelCache(default_cache()))
    if missing:
        names = ", ".join(card.name for card in missing)
        raise ModelMissing(f"not here or damaged: {names}; run 'posestream models pull' once with a network")
    typer.echo("All models are here and whole.", err=True)
