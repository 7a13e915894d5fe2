"""How each kind of camera is opened: what FFmpeg may speak, which formats it may find, how long it may take."""

from collections.abc import Callable
from urllib.parse import urlsplit

from av.container import InputContainer

from ingest.container import CAMERA_FLAGS, OpenRequest, open_stream, rtsp_options
from ingest.deadlines import LiveDeadlines
from ingest.device import read_device
from ingest.hls_fetch import HlsFetcher
from ingest.source import Source, SourceKind, TlsTrust
from ingest.trust import authorities
from posestream.errors import InputError

Options = dict[str, str]


def open_live(source: Source, deadlines: LiveDeadlines) -> InputContainer:
    """Connect to a camera: anything live but a test pattern, which needs no opening.

    FFmpeg's own reconnecting is off: when the stream ends, the container ends.

    Raises:
        AccessRefused: if the camera refuses the login.
        InputError: for everything else.
    """
    read_s = max(deadlines.first_frame_s, deadlines.next_frame_s)
    return open_stream(open_request(source, deadlines.open_s, read_s), source.label, deadlines.open_s, read_s)


def open_request(source: Source, open_s: float, read_s: float) -> OpenRequest:
    """Give what av.open is told for a live source; seconds until it is open, and that one read may take.

    Raises:
        InputError: for a test pattern, a file or a folder: that is nothing to connect to.
    """
    request = _REQUESTS.get(source.kind)
    if request is None:
        raise InputError(f"{source.label}: is no camera to connect to")
    return request(source, open_s, read_s)


def _rtsp(source: Source, open_s: float, _read_s: float) -> OpenRequest:
    return OpenRequest(source.address, rtsp_options(open_s) | _tls(source), verified=_is_verified(source))


def _mjpeg(source: Source, _open_s: float, read_s: float) -> OpenRequest:
    options = {
        # A redirect from http to https or back is refused: FFmpeg would lose what was said about certificates.
        "protocol_whitelist": "https,tls,tcp" if _is_secure(source) else "http,tcp",
        "format_whitelist": "mpjpeg,mjpeg",
        "rw_timeout": _microseconds(read_s),
        "reconnect": "0",
        "fflags": CAMERA_FLAGS,
    }
    return OpenRequest(source.address, options | _tls(source), verified=_is_verified(source))


def _hls(source: Source, _open_s: float, read_s: float) -> OpenRequest:
    options = {
        "protocol_whitelist": "http,https",  # no tcp: FFmpeg connects to nobody, the fetcher does
        "format_whitelist": "hls,mpegts,mov,mp4",
        "http_persistent": "0",  # else FFmpeg would fetch by itself
        "fflags": CAMERA_FLAGS,
    }
    return OpenRequest(source.address, options, form="hls", fetcher=HlsFetcher(source, read_s))


def _device(source: Source, _open_s: float, _read_s: float) -> OpenRequest:
    request = read_device(source.address)
    return OpenRequest(request.path, request.options | {"protocol_whitelist": "file"}, form="v4l2")


def _is_secure(source: Source) -> bool:
    return urlsplit(source.address).scheme in {"rtsps", "https"}


def _is_verified(source: Source) -> bool:
    return _is_secure(source) and source.tls is TlsTrust.VERIFY


def _tls(source: Source) -> Options:
    if not _is_verified(source):
        return {"tls_verify": "0"} if _is_secure(source) else {}
    path = authorities()
    return {"tls_verify": "1"} | ({"ca_file": path} if path else {})


def _microseconds(seconds: float) -> str:
    return str(round(seconds * 1e6))


_REQUESTS: dict[SourceKind, Callable[[Source, float, float], OpenRequest]] = {
    SourceKind.RTSP: _rtsp,
    SourceKind.MJPEG: _mjpeg,
    SourceKind.HLS: _hls,
    SourceKind.DEVICE: _device,
}
