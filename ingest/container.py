"""The one place that opens media with PyAV: options, time limits, and errors that hold no secret.

PyAV puts the whole URL, password included, into its exceptions. So nothing of theirs leaves this file: each
becomes an InputError in our own words, raised outside of the handler, so that no chained exception holds it.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import av
from av.container import InputContainer

from posestream.errors import AccessRefused, InputError
from posestream.redact import redact

_Result = TypeVar("_Result")

_CAMERA_PROTOCOLS = "rtsp,rtp,udp,tcp,tls,crypto"
# Formats that hold their pictures themselves: no playlist, no list of files, no text that is drawn.
_FILE_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,h264,hevc,m4v,obu,ivf,flv,ogg,asf,gif,apng,"
    "mjpeg,mxf,nut,yuv4mpegpipe,jpeg_pipe,png_pipe,webp_pipe,bmp_pipe,tiff_pipe"
)
_FLAGS = "+genpts+discardcorrupt"
_FAULTS = (av.FFmpegError, OSError, EOFError, LookupError, ValueError, MemoryError)

_CAMERA_TEXTS: tuple[tuple[type[BaseException], str], ...] = (
    (av.error.HTTPNotFoundError, "the camera has no stream under this path"),
    (av.error.HTTPClientError, "the camera refuses the request: is there video under this path?"),
    (av.error.HTTPServerError, "the camera answers with an error of its own"),
    (av.error.ConnectionRefusedError, "the connection is refused: nothing listens on this port"),
    (av.error.ConnectionResetError, "the camera closed the connection"),
    (av.error.BrokenPipeError, "the camera closed the connection"),
    (av.error.TimeoutError, "no answer in time"),
    (av.error.ExitError, "no answer in time"),
    (av.error.EOFError, "the camera ended the stream"),
    (av.error.DecoderNotFoundError, "there is no decoder for its codec"),
    (av.error.InvalidDataError, "no answer in time, or one that is no video stream"),
    (av.error.OSError, "the camera cannot be reached, or the connection broke"),
)
_FILE_TEXTS: tuple[tuple[type[BaseException], str], ...] = (
    (FileNotFoundError, "there is no such file"),
    (PermissionError, "may not be read by this user"),
    (IsADirectoryError, "is a folder, not a file"),
    (av.error.DecoderNotFoundError, "there is no decoder for its codec"),
    (MemoryError, "needs more memory than there is"),
)


def open_file(path: Path, label: str) -> InputContainer:
    """Open a clip; nothing but this file is ever read. Raises InputError."""
    options = {"protocol_whitelist": "file", "format_whitelist": _FILE_FORMATS, "fflags": _FLAGS}
    return guarded(lambda: av.open(f"file:{path}", mode="r", options=options), label)


def open_picture(path: Path, label: str) -> InputContainer:
    """Open a still picture by its content alone: a ``%d`` in its name means nothing. Raises InputError."""
    options = {"protocol_whitelist": "file", "format_whitelist": _FILE_FORMATS}
    return guarded(lambda: av.open(io.BytesIO(path.read_bytes()), mode="r", options=options), label)


def open_camera(address: str, label: str, open_s: float, read_s: float) -> InputContainer:
    """Connect to a camera over TCP.

    Args:
        address: rtsp:// or rtsps:// URL, login included.
        label: what people may read of it.
        open_s: seconds until the stream is described.
        read_s: seconds that one read may take.

    Raises:
        AccessRefused: if the camera refuses the login.
        InputError: for everything else.
    """
    options = {
        "rtsp_transport": "tcp",
        "timeout": str(round(open_s * 1e6)),
        "allowed_media_types": "video",
        "fflags": _FLAGS,
        "protocol_whitelist": _CAMERA_PROTOCOLS,
    }
    return guarded(lambda: av.open(address, mode="r", options=options, timeout=(open_s, read_s)), label, camera=True)


def guarded(call: Callable[[], _Result], label: str, *, camera: bool = False) -> _Result:
    """Do something with PyAV; its errors come out as InputError (a subclass of it where the login is refused)."""
    try:
        return call()
    except _FAULTS as error:
        fault = _fault(error, label, camera=camera)
    raise fault


def _fault(error: BaseException, label: str, *, camera: bool) -> InputError:
    if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError):
        return AccessRefused(redact(f"{label}: the camera refuses the login; check user and password"))
    texts, default = (
        (_CAMERA_TEXTS, "the camera's stream cannot be read")
        if camera
        else (_FILE_TEXTS, "not a video or picture that can be read")
    )
    text = next((text for kind, text in texts if isinstance(error, kind)), default)
    return InputError(redact(f"{label}: {text}"))
