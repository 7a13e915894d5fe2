"""``posestream doctor``: is everything here, and does this camera work; names what fails, and what to do."""

import json
import platform
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from inference.models import built_in_cards
from inference.models.cache import ModelCache, default_cache
from inference.models.pull import missing_cards
from inference.runners.openvino import import_openvino
from ingest.diagnosis.diagnose import DEFAULT_SECONDS, Diagnosis, diagnose
from ingest.diagnosis.steps import State, Step
from ingest.source import Source, parse_source
from posestream import __version__
from posestream.cli.doctor_report import as_json, facts_lines
from posestream.errors import InputError, ModelMissing, PosestreamError
from posestream.ownership import refuse_second_owner
from posestream.redact import redact


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


_COLOURS = {State.OK: "green", State.WARNS: "yellow", State.FAILS: "red"}


def doctor(
    source: Annotated[str | None, typer.Argument(help="A camera, clip or folder to try.", metavar="[URL]")] = None,
    seconds: Annotated[
        float, typer.Option(min=2.0, max=600.0, help="Time for the source, all in all.")
    ] = DEFAULT_SECONDS,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of a config block.")] = False,
) -> None:
    """Check this machine, and a camera if one is given; the exit code is that of the first thing that fails.

    A camera that works gets its part of a config file on stdout; everything else goes to stderr.
    """
    machine = _check_machine()
    failures = [failure for _, failure in machine if isinstance(failure, PosestreamError)]
    diagnosis = None
    if source is not None:
        try:
            diagnosis = _look_at(parse_source(source), seconds)
        except PosestreamError as exc:
            _say(State.FAILS, "source", redact(str(exc)))
            failures.append(exc)
        else:
            failures += [InputError(diagnosis.failed.text)] if diagnosis.failed else []
    code = failures[0].exit_code if failures else 0
    if json_:
        sys.stdout.write(json.dumps(_object(machine, diagnosis, failures, code), indent=2) + "\n")
    elif diagnosis is not None and diagnosis.config is not None:
        sys.stdout.write(diagnosis.config)
    sys.exit(code)


def _check_machine() -> "list[tuple[str, str | PosestreamError]]":
    checks: list[tuple[str, Callable[[], str]]] = [
        ("posestream", lambda: f"{__version__}, Python {platform.python_version()}"),
        ("import names", _names),
        ("engine", _engine),
        ("models", _models),
    ]
    found: list[tuple[str, str | PosestreamError]] = []
    for name, check in checks:
        try:
            text = check()
        except PosestreamError as exc:
            _say(State.FAILS, name, redact(str(exc)))
            found.append((name, exc))
        else:
            _say(State.OK, name, text)
            found.append((name, text))
    return found


def _look_at(source: Source, seconds: float) -> Diagnosis:
    """Say each layer as soon as it is through, then what the stream is like."""
    _say(None, "source", source.label)
    diagnosis = diagnose(source, seconds, _say_step)
    for name, text in facts_lines(diagnosis.facts) if diagnosis.facts else ():
        _say(None, name, text)
    for text in diagnosis.warnings:
        _say(State.WARNS, "stream", text)
    return diagnosis


def _say_step(step: Step) -> None:
    _say(step.state, step.layer.value, step.text, step.remedy)


def _say(state: State | None, name: str, text: str, remedy: str = "") -> None:
    """Write one line; whatever it holds, a terminal takes no orders from it."""
    line = f"{name}: {text}{f' -> {remedy}' if remedy else ''}"
    shown = "".join(char if char.isprintable() else "?" for char in line)
    word = typer.style(state.value, fg=_COLOURS[state]) + " " * (6 - len(state.value)) if state else " " * 6
    typer.echo(word + shown, err=True)


def _object(
    machine: "list[tuple[str, str | PosestreamError]]",
    diagnosis: Diagnosis | None,
    failures: list[PosestreamError],
    code: int,
) -> dict[str, Any]:
    checks = [
        {"name": name, "state": "fails" if isinstance(found, PosestreamError) else "ok", "text": redact(str(found))}
        for name, found in machine
    ]
    return {
        "exit_code": code,
        "failures": [redact(str(failure)) for failure in failures],
        "machine": checks,
        "source": None if diagnosis is None else as_json(diagnosis),
    }


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
