"""``models remove``: one of the user's own models goes from the cache."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from inference.adding.keeping import UNFINISHED, one_at_a_time
from inference.models.cache import ModelCache
from inference.models.own import CARD_FILE, own_card, own_names
from posestream.errors import ModelMissing, PosestreamError, UsageError


def remove_model(name: str, cache: ModelCache) -> None:
    """Delete a model of the user's own, damaged or not.

    Raises:
        UsageError: if there is none of this name, or another model finds its boxes by it.
        PosestreamError: if the cache cannot be written.
    """
    if name not in own_names(cache):
        raise UsageError(f"'{name}' is no model of your own: there are {', '.join(own_names(cache)) or 'none'}")
    models = cache.root / "models"
    try:
        with one_at_a_time(models):
            for other in boxed_by(name, cache):
                raise UsageError(f"model '{other}' finds its boxes by '{name}': remove that one first")
            for folder in [path.parent for path in models.glob(f"{name}@*/{CARD_FILE}")]:
                _delete(folder)
    except OSError as exc:
        raise PosestreamError(f"{exc.filename or models}: cannot remove the model: {exc.strerror}") from exc


def boxed_by(name: str, cache: ModelCache) -> Iterator[str]:
    """Give the user's other models whose boxes the model ``name`` finds."""
    for other in own_names(cache):
        with suppress(ModelMissing):  # a damaged one finds nothing
            if other != name and own_card(other, cache).boxes == name:
                yield other


def _delete(folder: Path) -> None:
    """Move it out of sight first: nobody ever reads half of it, and who adds a model sweeps what is left."""
    aside = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder.parent))
    folder.replace(aside)
    shutil.rmtree(aside)
