"""What the command ``posestream`` starts: imports take a second, and Ctrl+C in it is no accident."""

import sys


def main() -> None:
    """Import the command line and run it."""
    try:
        from posestream.cli import main as run_command  # noqa: PLC0415  # inside the try on purpose
    except KeyboardInterrupt:
        sys.exit(130)
    run_command()
