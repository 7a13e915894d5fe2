"""``posestream models``: which networks there are, getting them, adding and removing one's own."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from inference.adding.add import add_model
from inference.adding.child import in_child
from inference.adding.limits import memory_for
from inference.adding.removing import remove_model
from inference.models import ON_REQUEST, built_in_cards, card_by_name, cards_on_request, pull_words
from inference.models.cache import ModelCache, default_cache
from inference.models.card import ModelCard, load_card
from inference.models.measured import Measured, keep_measured, read_measured
from inference.models.own import find_card, own_card, own_names
from inference.models.pull import missing_cards, pull_models
from inference.models.sources import NpmSource
from posestream.cli.progress import download_bar
from posestream.config.mistakes import one_line
from posestream.errors import ModelMissing, PosestreamError, UsageError
from posestream.lifecycle import INTERRUPTED

models = typer.Typer(
    help="The networks: list, pull, add, remove, check, precision.", no_args_is_help=True, rich_markup_mode=None
)
Json = dict[str, Any]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(models, name="models")


@models.command("list")
def list_models(as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False) -> None:
    """Show the networks: whose they are, whether they are here, and what they took when they were checked."""
    cache = ModelCache(default_cache())
    cards, damaged = _all_cards(cache)
    missing = missing_cards(cards, cache)
    _show([_row(card, cache, here=card not in missing) for card in cards], as_json=as_json)
    for line in damaged:
        typer.echo(f"posestream: {line}", err=True)


@models.command("pull")
def pull_command(
    names: Annotated[
        list[str] | None, typer.Argument(help="Networks; if left out, all but those on request.", metavar="[NAME]...")
    ] = None,
) -> None:
    """Fetch the networks once, check and convert them; afterwards everything works offline.

    Those on request (posenet, centernet) come by their names only: the licence of their weights is unclear.
    """
    cache = ModelCache(default_cache())
    cards = [_to_pull(name, cache) for name in names] if names else list(built_in_cards())
    if not missing_cards(cards, cache):
        typer.echo("All models are here.", err=True)
        return
    for card in cards:
        name = typer.style(card.name, bold=True)
        typer.echo(f"{name} ({card.licence.name}, {card.source.origin}): {card.licence.note}", err=True)
    with download_bar() as report:
        pulled = pull_models(cards, cache, report)
    typer.echo(f"Pulled {', '.join(card.name for card in pulled)} into {cache.root}", err=True)


@models.command("add")
def add_command(
    file: Annotated[Path, typer.Argument(help="Your ONNX file; it is copied.", metavar="FILE.onnx")],
    card: Annotated[Path, typer.Option("--card", help="Its card; templates: deploy/models of the repository.")],
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of one of the same name.")] = False,
) -> None:
    """Bring an ONNX file of your own; afterwards its name is a preset: --preset NAME, model: {preset: NAME}.

    The copy is looked into before an engine reads it, then run on noise in a process of its own with little memory
    and a deadline; its outputs must fit the card's decoder. What does not fit is said in one line.
    """
    cache = ModelCache(default_cache())
    wanted = load_card(card)
    licence = wanted.licence
    typer.echo(one_line(f"{wanted.name} ({licence.name}, {wanted.source.origin}): {licence.note}"), err=True)
    with _cleaning_up():
        added, measured = add_model(file, wanted, cache, replace=replace)
    shapes = ", ".join(str(list(shape)) for shape in measured.outputs)
    typer.echo(f"{added.identity}: outputs {shapes} fit {added.decoder}; {_milliseconds(measured)}", err=True)


@models.command("remove")
def remove_command(name: Annotated[str, typer.Argument(help="A model of your own.", metavar="NAME")]) -> None:
    """Delete a model of your own from the cache; your file stays where it is."""
    cache = ModelCache(default_cache())
    remove_model(name, cache)
    typer.echo(f"Removed {name} from {cache.root}", err=True)


@models.command("check")
def check_models(
    names: Annotated[list[str] | None, typer.Argument(help="Networks; all if left out.", metavar="[NAME]...")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Check that the networks are here, whole by their sha256, and fit their decoders; measure them on this machine.

    Exit code 5 if one is not here or damaged, 1 or 3 if one does not run; those on request count once they were pulled.
    """
    cache = ModelCache(default_cache())
    damaged: list[str] = []
    if names:
        cards = [find_card(name, cache) for name in names]
    else:
        cards, damaged = _all_cards(cache)
        cards = [card for card in cards if not _on_request(card) or cache.has(card)]
    missing = missing_cards(cards, cache)
    measured, failures = _measure_all([card for card in cards if card not in missing], cache)
    if len(missing) < len(cards) or as_json:
        rows = [_row(card, cache, here=card not in missing, measured=measured.get(card.name)) for card in cards]
        _show(rows, as_json=as_json)
    lines = [*damaged, *([_missing_line(missing)] if missing else []), *map(str, failures)]
    if lines:
        kind = ModelMissing if damaged or missing else type(failures[0])
        raise kind("\n".join(lines))
    typer.echo("All models are here and whole.", err=True)


@contextmanager
def _cleaning_up() -> Iterator[None]:
    """While open, SIGTERM and SIGINT leave no child and no workspace; a second one ends at once.

    SIGINT, too, for a shell that starts a command in the background lets it ignore that one.
    """
    former = {number: signal.signal(number, _end_in_order) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _end_in_order(number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)
    sys.exit(INTERRUPTED[signal.Signals(number)])


def _all_cards(cache: ModelCache) -> tuple[list[ModelCard], list[str]]:
    """Give all cards, and a line for each that cannot be read any more."""
    own, damaged = own_names(cache), []
    cards = [*built_in_cards(), *(card for card in cards_on_request() if card.name not in own)]
    for name in own:
        try:
            cards.append(own_card(name, cache))
        except ModelMissing as exc:
            damaged.append(str(exc))
    return cards, damaged


def _to_pull(name: str, cache: ModelCache) -> ModelCard:
    card = card_by_name(name)
    if name in own_names(cache) and name in ON_REQUEST:
        raise UsageError(f"'{name}' is a model of your own here: it goes before the one on request")
    return card


def _missing_line(missing: tuple[ModelCard, ...]) -> str:
    names = ", ".join(card.name for card in missing)
    ours = [card for card in missing if isinstance(card.source, NpmSource)]
    ways = [f"run '{pull_words(ours)}' once with a network"] if ours else []
    ways += ["add yours again with 'posestream models add'"] if len(ours) < len(missing) else []
    return f"not here or damaged: {names}; {'; '.join(ways)}"


def _measure_all(cards: list[ModelCard], cache: ModelCache) -> tuple[dict[str, Measured], list[PosestreamError]]:
    """Measure models one after the other; give what was measured, by name, and what went wrong with the others."""
    measured: dict[str, Measured] = {}
    failures: list[PosestreamError] = []
    not_kept = ""
    for card in cards:
        try:
            with _cleaning_up():
                measured[card.name] = _measure(card, cache)
        except PosestreamError as exc:
            failures.append(type(exc)(f"{card.name}: {exc}"))
            continue
        try:
            keep_measured(cache.folder(card), measured[card.name])
        except OSError as exc:
            not_kept = exc.strerror or str(exc)
    if not_kept:
        typer.echo(f"posestream: {cache.root}: what was measured is not kept: {not_kept}", err=True)
    return measured, failures


def _measure(card: ModelCard, cache: ModelCache) -> Measured:
    graph, threads = cache.graph(card), len(os.sched_getaffinity(0))
    request = {"card": card.model_dump(mode="json"), "graph": str(graph), "threads": threads}
    return Measured.model_validate(in_child("check", request, memory_for(cache.size(card), threads)))


def _row(card: ModelCard, cache: ModelCache, *, here: bool, measured: Measured | None = None) -> Json:
    if measured is None and here:
        measured = read_measured(cache.folder(card))
    return {
        "name": card.name,
        "summary": card.summary,
        "task": card.task.value,
        "decoder": card.decoder,
        "skeleton": card.skeleton,
        "licence": card.licence.name,
        "origin": card.source.origin,
        "source": card.source.place,
        "sha256": card.source.weights,
        "bytes": cache.size(card) if here else None,
        "on_request": _on_request(card),
        "pulled": here,
        "device": measured.device if measured else None,
        "engine": measured.engine if measured else card.engine,
        "threads": measured.threads if measured else None,
        "milliseconds": measured.milliseconds if measured else None,
    }


def _on_request(card: ModelCard) -> bool:
    return card.name in ON_REQUEST and isinstance(card.source, NpmSource)


def _show(rows: list[Json], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    for title in ("model", "origin", "licence", "sha256", "MB", "ms", "device"):
        table.add_column(title, overflow="fold")
    for row in rows:
        absent = "on request" if row["on_request"] else "not here"
        size = f"{row['bytes'] / 1e6:.1f}" if row["pulled"] else absent
        took = "" if row["milliseconds"] is None else f"{row['milliseconds']:.1f}"
        name = f"{row['name']}\n{one_line(row['summary'])}"
        texts = (one_line(row["origin"]), one_line(row["licence"]), row["sha256"][:8])
        table.add_row(name, *texts, size, took, row["device"] or "")
    Console(markup=False).print(table)


def _milliseconds(measured: Measured) -> str:
    return f"{measured.milliseconds:.1f} ms on {measured.device}, {measured.threads} threads"
