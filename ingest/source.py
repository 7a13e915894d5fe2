"""Where pictures come from, as people write it: a camera's address, a device, a clip, a folder, a test pattern."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from ingest.device import read_device
from ingest.pattern_request import read_pattern
from posestream.config import CameraConfig
from posestream.errors import InputError, UsageError
from posestream.redact import HIDDEN, encode_login, redact, without_login

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
# Texts that make FFmpeg open further files or addresses: never a clip.
_PLAYLIST_SUFFIXES = frozenset({".m3u8", ".m3u", ".mpd", ".ffconcat", ".concat", ".sdp", ".pls", ".ism", ".asx"})
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*):")
# Some recorders want the login inside the path: /user=admin_password=secret_channel=1
_PATH_LOGIN = re.compile(r"((?:user|username|pass|passwd|password|pwd)=)[^_&/;?]+", re.IGNORECASE)
# Query keys that choose a stream; what others hold may be a secret and is not shown.
_PLAIN_KEYS = frozenset(
    {"camera", "ch", "channel", "codec", "compression", "fps", "height", "inst", "line", "profile", "proto", "quality"}
    | {"resolution", "size", "stream", "streamtype", "subtype", "transportmode", "unicast", "video", "width"}
)
_FORMS = (
    "wanted rtsp://…, rtsps://…, http(s)://… (MJPEG), http(s)://….m3u8 (HLS), device:0, test:pattern, "
    "file:clip.mp4, dir:images/ or a path"
)


class SourceKind(StrEnum):
    """What kind of thing a source is."""

    RTSP = "rtsp"
    MJPEG = "mjpeg"
    HLS = "hls"
    DEVICE = "device"
    TEST = "test"
    FILE = "file"
    FOLDER = "folder"


class TlsTrust(StrEnum):
    """Which certificate of a camera over TLS is taken."""

    VERIFY = "verify"
    ACCEPT_ANY = "accept-any"


@dataclass(frozen=True)
class Source:
    """One source; ``address`` (as parse_source reads it, with login) is for opening only, ``label`` is for people."""

    kind: SourceKind
    address: str = field(repr=False)
    label: str
    tls: TlsTrust = TlsTrust.VERIFY

    @property
    def is_live(self) -> bool:
        """Whether this happens now and has no end: it is reconnected, and cannot be read once from beginning to end."""
        return self.kind not in {SourceKind.FILE, SourceKind.FOLDER}

    @property
    def is_remote(self) -> bool:
        """Whether this is reached over the network, at the host and port of ``address``."""
        return self.kind in {SourceKind.RTSP, SourceKind.MJPEG, SourceKind.HLS}

    @property
    def comes_in_bursts(self) -> bool:
        """Whether seconds of pictures come at once (HLS), and have to be played at their own pace."""
        return self.kind is SourceKind.HLS

    @property
    def is_picture(self) -> bool:
        """Whether this is a single still picture, by its name."""
        return self.kind is SourceKind.FILE and Path(self.address).suffix.lower() in PICTURE_SUFFIXES


def parse_source(text: str, *, must_exist: bool = True, tls: TlsTrust | None = None) -> Source:
    """Read what a person wrote; with ``must_exist`` False a file or folder may come later.

    A device need not be there: like a camera on the network it is waited for.

    Args:
        text: what was written.
        must_exist: whether files and folders have to be there now.
        tls: which certificates are taken; None: any of an rtsps camera, which nearly always signs its own, and only
            one that can be verified over https.

    Raises:
        UsageError: if it is no form that posestream opens; FFmpeg's other protocols and playlists are refused.
        InputError: if the file or folder is not there.
    """
    text = text.strip()
    match = _SCHEME.match(text)
    scheme = match[1].lower() if match else ""
    if scheme in {"rtsp", "rtsps", "http", "https"}:
        return _camera(text, scheme, tls)
    if scheme in {"device", "test"}:
        return _own(text, scheme)
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


def camera_source(camera: CameraConfig, *, must_exist: bool = True) -> Source:
    """Give the source of a camera of the config; errors as parse_source."""
    tls = None if camera.tls is None else TlsTrust(camera.tls)
    return parse_source(camera.url.get_secret_value(), must_exist=must_exist, tls=tls)


def camera_id_from(source: Source) -> str:
    """Give a camera id that a config would accept: the file's stem, the folder's name or the camera's host."""
    if source.is_remote:
        raw = urlsplit(source.label).hostname or ""
    elif source.is_live:
        raw = source.label.rpartition("/")[2]
    else:
        path = Path(source.address).resolve()
        raw = path.stem if source.kind is SourceKind.FILE else path.name
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", raw)
    return re.sub(r"^[^A-Za-z0-9]+", "", name)[:64] or "camera"


def _camera(text: str, scheme: str, tls: TlsTrust | None) -> Source:
    address = encode_login(scheme + text[len(scheme) :])
    try:
        parts = urlsplit(address)
        complete = address.startswith(f"{scheme}://") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, brackets that do not close
        complete = False
    if not complete or re.search(r"\s", address):
        # The form of a login is not shown: it would be taken for one and hidden.
        raise UsageError(f"the {scheme} address is not complete: wanted {scheme}://HOST{_HINTS[scheme]}")
    default = TlsTrust.ACCEPT_ANY if scheme == "rtsps" else TlsTrust.VERIFY
    return Source(_kind(scheme, parts.path), address, _label(address), tls or default)


_HINTS = {
    "rtsp": ":554/PATH, a login before HOST",
    "rtsps": ":322/PATH, a login before HOST",
    "http": "/PATH, a login before HOST",
    "https": "/PATH, a login before HOST",
}


def _kind(scheme: str, path: str) -> SourceKind:
    if scheme in {"rtsp", "rtsps"}:
        return SourceKind.RTSP
    return SourceKind.HLS if path.lower().endswith(".m3u8") else SourceKind.MJPEG


def _label(address: str) -> str:
    """Give what may be shown of an address: no login, no fragment, and of the query what is known to be harmless."""
    bare, mark, query = without_login(address).partition("#")[0].partition("?")
    shown = "&".join(_shown(field) for field in query.split("&")) if query else ""
    return redact(_PATH_LOGIN.sub(rf"\g<1>{HIDDEN}", bare) + mark + shown)


def _shown(field: str) -> str:
    key, equals, _ = field.partition("=")
    if key.lower() in _PLAIN_KEYS:
        return field
    return f"{key}={HIDDEN}" if equals else HIDDEN


def _own(text: str, scheme: str) -> Source:
    text = scheme + text[len(scheme) :]
    if scheme == "test":
        return Source(SourceKind.TEST, text, f"test:{read_pattern(text).name}")
    return Source(SourceKind.DEVICE, text, f"device:{read_device(text).path}")


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
