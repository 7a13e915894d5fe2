"""The command line: ``posestream COMMAND``; machine-readable output on stdout, everything else on stderr."""

import sys

import typer

from posestream.cli import analyze, bench, config, doctor, evaluate, models, run
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
analyze.register(app)
models.register(app)
evaluate.register(app)
bench.register(app)
config.register(app)
doctor.register(app)


def main() -> None:
    """Run a command; an error that a user can act on is one line and its exit code, never a traceback."""
    try:
        refuse_second_owner()
        code = app(standalone_mode=False)
    except PosestreamError as exc:
        for line in str(exc).splitlines():
            sys.stderr.write(f"posestream: {redact(line)}\n")
        sys.exit(exc.exit_code)
    except typer.TyperException as exc:
        text = exc.format_message()
        sys.stderr.write(text + "\n" if "\n" in text else f"posestream: {text} (see --help)\n")
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone: nobody is left to tell
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
