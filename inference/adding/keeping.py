"""The cache's folder of models while one is added: a workspace, one at a time, the old one until the new one is there.

What a kill leaves is settled by the next who adds a model.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import yaml

from inference.models.cache import ModelCache
from inference.models.card import LARGEST_KEPT, ModelCard, load_card
from inference.models.measured import Measured, keep_measured
from inference.models.own import CARD_FILE
from posestream.errors import ConfigError, UsageError

_LOCK = ".lock"
UNFINISHED = ".adding-"
"""Begins the names of folders that nobody reads, and that go when nobody holds them."""
_REPLACED = ".replaced-"
_ABANDONED = 86_400.0  # seconds without a change: whoever was at it is gone, even where a folder cannot be locked


@contextmanager
def one_at_a_time(models: Path) -> Iterator[None]:
    """Let a second one who changes the folder wait for the first."""
    with (models / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def workspace(models: Path) -> Iterator[Path]:
    """Give a folder of ours alone, gone at the end unless it was moved; what others left by a kill goes, too."""
    with ExitStack() as stack:
        with one_at_a_time(models):
            _sweep(models)
            folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=models))
            with suppress(OSError):  # then it is swept in time only
                stack.callback(os.close, _hold(folder))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        yield folder


def keep(card: ModelCard, measured: Measured, folder: Path, cache: ModelCache) -> None:
    """Move the folder to its place, one at a time; what was there under this name goes when the new one is there.

    Raises:
        UsageError: if its card could not be read again.
    """
    models, target = folder.parent, cache.folder(card)
    text = yaml.safe_dump(card.model_dump(mode="json", exclude_none=True), sort_keys=False, allow_unicode=True)
    (folder / CARD_FILE).write_text(text, encoding="utf-8")
    (folder / CARD_FILE).chmod(0o600)
    _check_readable(card, folder / CARD_FILE)
    keep_measured(folder, measured)
    _settle(models)
    try:
        for old in [path.parent for path in models.glob(f"{card.name}@*/{CARD_FILE}")]:
            old.replace(old.with_name(f"{_REPLACED}{old.name}"))
        if target.exists():  # without a card: what was left of a model
            shutil.rmtree(target)
        folder.replace(target)
    finally:
        _settle(models)


def _check_readable(card: ModelCard, path: Path) -> None:
    try:
        same = load_card(path, LARGEST_KEPT) == card
    except ConfigError as exc:
        raise UsageError(f"{card.name}: what is to be kept could not be read again: {exc}") from None
    if not same:
        raise UsageError(f"{card.name}: its card would be read again as another: are there strange letters in it?")


def _settle(models: Path) -> None:
    """Delete models that were replaced; one whose successor did not come goes back to its place."""
    for old in models.glob(f"{_REPLACED}*"):
        place = models / old.name.removeprefix(_REPLACED)
        if any(models.glob(f"{place.name.rpartition('@')[0]}@*/{CARD_FILE}")):
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.replace(place)


def _sweep(models: Path) -> None:
    """Delete the workspaces that nobody holds."""
    _settle(models)
    for left in models.glob(f"{UNFINISHED}*"):
        with suppress(OSError):  # held, gone meanwhile, or somebody else's
            if time.time() - left.stat().st_mtime <= _ABANDONED:
                os.close(_hold(left))
            shutil.rmtree(left)


def _hold(folder: Path) -> int:
    """Lock a folder as long as its descriptor is open.

    Raises:
        OSError: if another process holds it, or its file system cannot do that.
    """
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        raise
    return held
