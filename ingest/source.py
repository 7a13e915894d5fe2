"""Where pictures come from, as people write it: an RTSP address, a clip, a folder."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from posestream.errors import InputError, UsageError
from posestream.redact import HIDDEN, encode_login, redact, without_login

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
# Texts that make FFmpeg open further files or addresses: never a clip.
_PLAYLIST_SUFFIXES = frozenset({".m3u8", ".m3u", ".mpd", ".ffconcat", ".concat", ".sdp", ".pls", ".ism", ".asx"})
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*):")
# Some recorders want the login inside the path: /user=admin_password=secret_channel=1
_PATH_LOGIN = re.compile(r"((?:user|username|pass|passwd|password|pwd)=)[^_&/;?]+", re.IGNORECASE)
_FORMS = "wanted rtsp://…, rtsps://…, file:clip.mp4, dir:images/ or a path"


class SourceKind(StrEnum):
    """What kind of thing a source is."""

    RTSP = "rtsp"
    FILE = "file"
    FOLDER = "folder"


@dataclass(frozen=True)
class Source:
    """One source; ``address`` (URL with login, or path) is for opening only, ``label`` is for people."""

    kind: SourceKind
    address: str = field(repr=False)
    label: str

    @property
    def is_picture(self) -> bool:
        """Whether this is a single still picture, by its name."""
        return self.kind is SourceKind.FILE and Path(self.address).suffix.lower() in PICTURE_SUFFIXES


def parse_source(text: str, *, must_exist: bool = True) -> Source:
    """Read what a person wrote; with ``must_exist`` False a file or folder may come later.

    Raises:
        UsageError: if it is no form that posestream opens; FFmpeg's other protocols and playlists are refused.
        InputError: if the file or folder is not there.
    """
    text = text.strip()
    match = _SCHEME.match(text)
    scheme = match[1].lower() if match else ""
    if scheme in {"rtsp", "rtsps"}:
        return _camera(text, scheme)
    if scheme == "file":
        return _file(_path(text), must_exist=must_exist)
    if scheme == "dir":
        return _folder(_path(text), must_exist=must_exist)
    if scheme:
        raise UsageError(f"'{scheme}:' is no source that posestream opens: {_FORMS}")
    if not text:
        raise UsageError(f"the source is empty: {_FORMS}")
    path = Path(text)
    return _folder(path) if path.is_dir() else _file(path, must_exist=must_exist)


def camera_id_from(source: Source) -> str:
    """Give a camera id that a config would accept: the file's stem, the folder's name or the camera's host."""
    if source.kind is SourceKind.RTSP:
        raw = urlsplit(source.label).hostname or ""
    else:
        path = Path(source.address).resolve()
        raw = path.stem if source.kind is SourceKind.FILE else path.name
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", raw)
    return re.sub(r"^[^A-Za-z0-9]+", "", name)[:64] or "camera"


def _camera(text: str, scheme: str) -> Source:
    address = encode_login(scheme + text[len(scheme) :])
    try:
        parts = urlsplit(address)
        complete = address.startswith(f"{scheme}://") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, brackets that do not close
        complete = False
    if not complete or re.search(r"\s", address):
        # The form of a login is not shown: it would be taken for one and hidden.
        raise UsageError(f"the {scheme} address is not complete: wanted {scheme}://HOST:554/PATH, a login before HOST")
    label = redact(_PATH_LOGIN.sub(rf"\g<1>{HIDDEN}", without_login(address)))
    return Source(SourceKind.RTSP, address, label)


def _path(text: str) -> Path:
    rest = text.partition(":")[2]
    return Path(rest.removeprefix("//") if rest.startswith("///") else rest)


def _file(path: Path, *, must_exist: bool = True) -> Source:
    if path.suffix.lower() in _PLAYLIST_SUFFIXES:
        raise UsageError(f"{path}: playlists are not opened; give the video file itself")
    if path.is_dir():
        raise InputError(f"{path}: is a folder, not a file; for its pictures write dir:{path}")
    if not path.exists() and must_exist:
        raise InputError(f"{path}: there is no such file or folder")
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: is not a regular file")
    return Source(SourceKind.FILE, str(path), str(path))


def _folder(path: Path, *, must_exist: bool = True) -> Source:
    if not path.is_dir() and (must_exist or path.exists()):
        raise InputError(f"{path}: there is no such folder")
    return Source(SourceKind.FOLDER, str(path), str(path))
