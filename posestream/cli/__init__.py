"""The command line: ``posestream COMMAND``; machine-readable output on stdout, everything else on stderr."""

import os
import sys
from typing import NoReturn

import typer

from posestream.cli import (
    analyze,
    bench,
    config,
    discover,
    doctor,
    evaluate,
    models,
    precision,
    replay,
    run,
    services,
    tail,
    topics,
)
from posestream.errors import PosestreamError
from posestream.ownership import refuse_second_owner
from posestream.redact import redact

app = typer.Typer(
    name="posestream",
    help="Live human-pose analytics: cameras in; poses, tracks and alerts out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
run.register(app)
services.register(app)
topics.register(app)
tail.register(app)
replay.register(app)
analyze.register(app)
models.register(app)
precision.register()
evaluate.register(app)
bench.register(app)
config.register(app)
doctor.register(app)
discover.register(app)


def main() -> None:
    """Run a command; an error that a user can act on is one line and its exit code, never a traceback."""
    try:
        refuse_second_owner()
        code = app(standalone_mode=False, prog_name="posestream")
        sys.stdout.flush()
    except PosestreamError as exc:
        _end(exc.exit_code, str(exc))
    except typer.TyperException as exc:
        text = exc.format_message()
        if "\n" in text:  # the help of a group without a command
            sys.stderr.write(redact(text) + "\n")
            sys.exit(2)
        _end(2, f"{text} (see --help)")
    except (KeyboardInterrupt, typer.Abort):
        _end(130)
    except BrokenPipeError:  # the reader of our output has gone
        _close_output()
        _end(1)
    except OSError as exc:  # a full disk, a vanished folder
        _close_output()
        _end(1, f"{exc.filename or 'output'}: {exc.strerror or exc}")
    sys.exit(code if isinstance(code, int) else 0)


def _end(code: int, text: str = "") -> NoReturn:
    for line in text.splitlines():
        sys.stderr.write(f"posestream: {redact(line)}\n")
    sys.exit(code)


def _close_output() -> None:
    """Let what is still to be written vanish: Python would try again at its end and complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
