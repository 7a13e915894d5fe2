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
    """Say whether a tarball can be read to its end with the right checksum; an interrupted download cannot."""
    size = 0
    try:
        with gzip.open(tarball) as content:
            while chunk := content.read(_CHUNK):
                size += len(chunk)
    except _BROKEN:
        return False
    return size > 0


def unpack(tarball: Path, files: Mapping[str, str], folder: Path, most_bytes: int = MOST_BYTES) -> list[Path]:
    """Write the named files (path inside the package -> sha256) flat into ``folder``; give their paths in order.

    The tarball is read once. Links, devices, files of more than ``most_bytes`` and whatever it holds besides are
    passed over.

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
                fit = name in waiting and member.isreg() and member.size <= most_bytes
                content = archive.extractfile(member) if fit else None
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
