"""A package's tarball: the files that a card names, taken out and checked; nothing else of it touches the disk."""

import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from posestream.errors import DependencyError

MOST_BYTES = 1 << 30  # of one file: a tarball of a few MB can swell to fill a disk
_CHUNK = 1 << 20
_BROKEN = (tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError, ValueError)


def is_whole(tarball: Path) -> bool:
    """Say whether a tarball can be read to its end; an interrupted download leaves it short."""
    try:
        with tarfile.open(tarball) as archive:
            return sum(1 for _ in archive) > 0
    except _BROKEN:
        return False


def unpack(tarball: Path, files: Mapping[str, str], folder: Path) -> list[Path]:
    """Write the named files (path inside the package -> sha256) flat into ``folder``; give their paths in order.

    The tarball is read once. Links, devices and whatever it holds besides are passed over.

    Raises:
        DependencyError: if the tarball is broken, lacks a file, or one has another content.
        OSError: if the folder cannot be written.
    """
    paths = {name: folder / Path(name).name for name in files}
    waiting = set(files)
    try:
        with tarfile.open(tarball) as archive:
            for member in archive:
                name = member.name.removeprefix("package/")
                content = archive.extractfile(member) if name in waiting and _is_fit(member) else None
                if content is not None:
                    _check(name, files[name], _copied(content, paths[name]))
                    waiting.remove(name)
                if not waiting:
                    break
    except _BROKEN as exc:
        raise DependencyError(f"the tarball is broken ({type(exc).__name__}): pull again") from exc
    if waiting:
        raise DependencyError(f"it holds no {', '.join(sorted(waiting))}: the card and the package do not fit")
    return list(paths.values())


def _is_fit(member: tarfile.TarInfo) -> bool:
    return member.isreg() and member.size <= MOST_BYTES


def _check(name: str, wanted: str, got: str) -> None:
    if got != wanted:
        raise DependencyError(f"{name}: wanted sha256 {wanted[:12]}…, got {got[:12]}…")


def _copied(content: IO[bytes], path: Path) -> str:
    """Write the content and give its sha256 in hex."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()
