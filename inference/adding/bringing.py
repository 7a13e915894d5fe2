"""Copy an ONNX file and the files of weights beside it into a folder of ours: what is checked is what is kept.

A file is opened once, looked at through its descriptor and copied from it: nobody can put another in its place
between the look and the copy.
"""

import errno
import hashlib
import os
import re
import stat
from pathlib import Path

from inference.adding.limits import LARGEST_FILE
from inference.adding.onnx_check import declared_bytes
from inference.adding.onnx_parts import Proto, graphs_of, import_onnx, tensors_of
from inference.models.sources import OUR_FILES
from posestream.errors import InputError, PosestreamError

_PIECE = 2**20
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


def copy_file(source: Path, target: Path, most: int, *, follow: bool) -> str:
    """Copy a regular file of at most ``most`` bytes, readable by its owner only; give its sha256.

    ``follow`` False refuses symbolic and hard links: the file shall lie where it seems to.

    Raises:
        InputError: if it is no such file or cannot be read; the message has no path.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    try:
        descriptor = os.open(source, flags)
    except OSError as exc:
        raise InputError(_refusal(exc, follow=follow)) from None
    try:
        _refuse_unsafe(os.fstat(descriptor), follow=follow)
        return _copied(descriptor, target, most)
    finally:
        os.close(descriptor)


def _copied(descriptor: int, target: Path, most: int) -> str:
    digest, copied = hashlib.sha256(), 0
    own = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(own, "wb") as copy:
        while piece := _piece(descriptor):
            copied += len(piece)
            if copied > most:
                raise InputError(f"larger than {most} bytes")
            digest.update(piece)
            copy.write(piece)
    return digest.hexdigest()


def _piece(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _PIECE)
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}") from None


def _refuse_unsafe(status: os.stat_result, *, follow: bool) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise InputError("not a regular file")
    if not follow and status.st_nlink > 1:
        raise InputError("it is a hard link to a file that may lie elsewhere")


def bring_data(model: Proto, beside: Path, folder: Path) -> dict[str, str]:
    """Copy the files that hold weights of ``model`` from the folder ``beside``; give name -> sha256.

    Raises:
        InputError: if one is named as a place elsewhere, is no regular file there, is a link, or is too short.
        PosestreamError: if the copy cannot be written.
    """
    onnx = import_onnx()
    sums: dict[str, str] = {}
    left = LARGEST_FILE  # for all of them together
    for graph in graphs_of(model):
        for tensor in tensors_of(graph):
            if tensor.data_location != onnx.TensorProto.EXTERNAL:
                continue
            entries = {entry.key: entry.value for entry in tensor.external_data}
            name = _checked_name(entries.get("location", ""))
            if name not in sums:
                sums[name] = _copied_beside(beside / name, folder / name, left)
                left -= (folder / name).stat().st_size
            _check_place(tensor, entries, (folder / name).stat().st_size, name)
    return sums


def _copied_beside(source: Path, target: Path, most: int) -> str:
    try:
        return copy_file(source, target, most, follow=False)
    except InputError as exc:
        raise InputError(f"its weights in '{source.name}': {exc}") from None
    except OSError as exc:
        raise PosestreamError(f"cannot keep the model: {exc.strerror}; is there room, is it yours?") from None


def _checked_name(location: str) -> str:
    if not _PLAIN_NAME.fullmatch(location):
        shown = "".join(char if char.isprintable() else "?" for char in location)[:80]
        raise InputError(f"its weights lie in '{shown}': wanted the plain name of a file in the same folder")
    if location in OUR_FILES:
        raise InputError(f"its weights lie in '{location}': give that file another name")
    return location


def _check_place(tensor: Proto, entries: dict[str, str], size: int, name: str) -> None:
    numbers = [entries.get(key, "0") for key in ("offset", "length")]
    if not all(number.isascii() and number.isdigit() and len(number) < 19 for number in numbers):
        raise InputError(f"tensor '{tensor.name}': offset and length are no numbers")
    offset, length = map(int, numbers)
    wanted = declared_bytes(tensor)
    if (length and length != wanted) or offset + wanted > size:
        raise InputError(f"tensor '{tensor.name}' wants {wanted} bytes from {offset} on, '{name}' has {size}")


def _refusal(exc: OSError, *, follow: bool) -> str:
    if exc.errno == errno.ELOOP and not follow:
        return "it is a symbolic link: copy both files (cp -L) into one folder"
    return f"cannot be read: {exc.strerror}"
