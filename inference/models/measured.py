"""What a model was measured to take on this machine, kept beside it."""

import contextlib
import os
from pathlib import Path

from pydantic import ValidationError

from posestream.config.base import Section

_FILE = "measured.json"


class Measured(Section):
    """One picture (or crop) through the whole network: fit, run, decode."""

    device: str
    engine: str
    threads: int
    milliseconds: float
    outputs: tuple[tuple[int, ...], ...]


def read_measured(folder: Path) -> Measured | None:
    """Give what was measured last; None if nothing was."""
    with contextlib.suppress(OSError, ValidationError):
        return Measured.model_validate_json((folder / _FILE).read_bytes())
    return None


def keep_measured(folder: Path, measured: Measured) -> None:
    """Keep it in the model's folder, whole or not at all."""
    unfinished = folder / f"{_FILE}.{os.getpid()}.part"  # another process may be measuring, too
    try:
        unfinished.write_text(measured.model_dump_json(indent=1))
        unfinished.chmod(0o600)
        unfinished.replace(folder / _FILE)
    finally:
        unfinished.unlink(missing_ok=True)
