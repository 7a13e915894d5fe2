"""Engines on disk: only those that this user built are ever given out.

An engine is executable code, and TensorRT's own checks are no protection against a changed one. Therefore each file
ends in an HMAC-SHA256 by a key that lies beside the cache and that only its owner can read; what does not match is
refused before anything in it is parsed.

    engines/                0700
        engines.key         0600, 32 bytes of chance, made once
        NAME.engine         0600: magic, length of the header, header (JSON: the key's fields), engine, HMAC of all that
"""

import hashlib
import hmac
import json
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from posestream.errors import PosestreamError
from posestream.logs import get_log

MAGIC = b"posestream engine 1\n"
KEY_FILE = "engines.key"
MOST_BYTES = 8 * 2**30
"""Of all engines together."""
_KEY_BYTES = _MAC_BYTES = 32
_MOST_HEADER = 4096
_FORGOTTEN_SECONDS = 3600  # a part so old was left by a process that died


class Refused(Exception):
    """A file that must not be given out; the text says why."""


@dataclass(frozen=True)
class EngineKey:
    """All that an engine depends on; another value of any of them is another engine."""

    model: str  # sha256 of graph and weights
    tensorrt: str
    gpu: str
    capability: tuple[int, int]
    precision: str
    profile: str

    @property
    def header(self) -> bytes:
        """Give the fields as JSON, always the same bytes for the same fields."""
        return json.dumps(asdict(self), sort_keys=True).encode()

    @property
    def file(self) -> str:
        """Give the file's name."""
        return f"{hashlib.sha256(self.header).hexdigest()}.engine"


class EngineCache:
    """The engines in a folder of the user's; safe for several processes at once.

    Guarantee: ``load`` gives what ``store`` was given by a process of this user for an equal key, byte for byte, or
    None. A crash leaves the old file or the new one, never a torn one.
    """

    def __init__(self, root: Path, most_bytes: int = MOST_BYTES) -> None:
        self._root, self._most = root, most_bytes

    def load(self, key: EngineKey) -> bytes | None:
        """Give an engine, or None if there is none to trust; a refused one is one line in the log.

        Raises:
            PosestreamError: if the folder cannot be made or is not ours alone.
        """
        path = self._root / key.file
        with self._open():
            try:
                engine = self._trusted(path, key)
                os.utime(path, follow_symlinks=False)
            except FileNotFoundError:
                return None
            except (Refused, OSError) as exc:
                reason = exc.strerror if isinstance(exc, OSError) else str(exc)
                get_log("infer").warning("engine refused, it is built anew", file=str(path), reason=reason)
                return None
        return engine

    def store(self, key: EngineKey, engine: bytes) -> None:
        """Keep an engine; if it is too many bytes, those that were not used for longest go.

        Raises:
            PosestreamError: if it cannot be written.
        """
        path = self._root / key.file
        header = key.header
        signed = b"".join([MAGIC, len(header).to_bytes(4, "big"), header, engine])
        with self._open():
            if len(signed) + _MAC_BYTES > self._most:
                get_log("infer").warning("engine too large to be kept", bytes=len(engine), most_bytes=self._most)
                return
            _write_whole(path, signed + _mac(self._secret(), signed))
            self._make_room(path)

    def _trusted(self, path: Path, key: EngineKey) -> bytes:
        with _opened(path) as file:
            content = file.read(self._most + 1)
        if len(content) > self._most:
            raise Refused("it is larger than all engines may be together")
        signed, mac = content[:-_MAC_BYTES], content[-_MAC_BYTES:]
        if not hmac.compare_digest(_mac(self._secret(), signed), mac):
            raise Refused("it was not built here, or was changed or cut since")
        start = len(MAGIC) + 4
        length = int.from_bytes(signed[len(MAGIC) : start], "big")
        if not signed.startswith(MAGIC) or length > _MOST_HEADER:
            raise Refused("it is of another form")
        if signed[start : start + length] != key.header:
            raise Refused("it is of another model, version or device")
        return signed[start + length :]

    def _secret(self) -> bytes:
        """Give the key; the first who needs it makes it."""
        path = self._root / KEY_FILE
        with suppress(FileNotFoundError):
            try:
                return _read_secret(path)
            except Refused as exc:
                get_log("infer").warning("key of the engines refused, a new one is made", reason=str(exc))
                path.unlink(missing_ok=True)
        with suppress(FileExistsError):  # another process was faster: its key counts
            _write_whole(path, secrets.token_bytes(_KEY_BYTES), replace=False)
        return _read_secret(path)

    @contextmanager
    def _open(self) -> Iterator[None]:
        """Make sure of the folder; what the file system refuses is one line."""
        try:
            self._root.parent.mkdir(parents=True, exist_ok=True)
            self._root.mkdir(mode=0o700, exist_ok=True)
            status = self._root.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                raise PosestreamError(f"{self._root}: wanted a folder of this user's own, no link; remove it")
            if stat.S_IMODE(status.st_mode) & 0o077:
                self._root.chmod(0o700)
            yield
        except OSError as exc:
            place = exc.filename or self._root
            raise PosestreamError(f"{place}: cannot keep engines here: {exc.strerror}") from exc

    def _make_room(self, newest: Path) -> None:
        for part in self._root.glob("*.part"):
            with suppress(OSError):
                if time.time() - part.lstat().st_mtime > _FORGOTTEN_SECONDS:
                    part.unlink()
        files = [(path.lstat(), path) for path in self._root.glob("*.engine")]
        total = sum(status.st_size for status, _ in files)
        for status, path in sorted(files, key=lambda entry: entry[0].st_mtime_ns):
            if total > self._most and path != newest:
                path.unlink(missing_ok=True)
                total -= status.st_size


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file of ours alone: no symbolic link, no pipe, nobody else may write or read it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as exc:
        raise Refused(f"it cannot be opened: {exc.strerror}") from exc  # ELOOP: a link
    with open(descriptor, "rb") as file:  # noqa: PTH123  # a descriptor, not a path
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Refused("it is not a plain file")
        if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
            raise Refused("others may have it in hand: wanted owner and mode 0600")
        yield file


def _read_secret(path: Path) -> bytes:
    with _opened(path) as file:
        secret = file.read(_KEY_BYTES + 1)
    if len(secret) != _KEY_BYTES:
        raise Refused(f"it has {len(secret)} bytes, wanted {_KEY_BYTES}")
    return secret


def _write_whole(path: Path, content: bytes, *, replace: bool = True) -> None:
    """Write to a new file beside it, make sure that it is on disk, then give it its name.

    Raises:
        FileExistsError: if ``replace`` is off and there is one of this name: nobody ever sees half of it.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123  # a descriptor, not a path
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        if replace:
            part.replace(path)
        else:
            path.hardlink_to(part)
    finally:
        part.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _mac(secret: bytes, content: bytes) -> bytes:
    return hmac.digest(secret, content, "sha256")
