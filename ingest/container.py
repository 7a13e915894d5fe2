"""The one place that opens media with PyAV: options, time limits, and errors that hold no secret.

PyAV puts the whole URL, password included, into its exceptions. So nothing of theirs leaves this file: each
becomes an InputError in our own words, raised outside of the handler, so that no chained exception holds it.
"""

import errno
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

import av
from av.container import InputContainer

from posestream.errors import AccessRefused, InputError
from posestream.redact import redact

_Result = TypeVar("_Result")

# Formats that hold their pictures themselves: no playlist, no list of files, no text that is drawn.
_FILE_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,h264,hevc,m4v,obu,ivf,flv,ogg,asf,gif,apng,"
    "mjpeg,mxf,nut,yuv4mpegpipe,jpeg_pipe,png_pipe,webp_pipe,bmp_pipe,tiff_pipe"
)
CAMERA_FLAGS = "+genpts+discardcorrupt"
_FAULTS = (av.FFmpegError, OSError, EOFError, LookupError, ValueError, MemoryError)

_UNREACHED = "the camera cannot be reached, or the connection broke"
_CERTIFICATE_HINT = ", or its certificate cannot be verified ('tls: accept-any' takes any certificate)"
_DEVICE_TEXTS: dict[int | None, str] = {
    errno.ENOENT: "there is no such device",
    errno.ENODEV: "there is no device behind it any more",
    errno.ENXIO: "there is no device behind it any more",
    errno.EACCES: "this user may not open the device; on most systems the group 'video' may",
    errno.EPERM: "this user may not open the device; on most systems the group 'video' may",
    errno.EBUSY: "another program uses the device",
    errno.ENOTTY: "is no camera",
}
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
    (av.error.OSError, _UNREACHED),
)
_FILE_TEXTS: tuple[tuple[type[BaseException], str], ...] = (
    (FileNotFoundError, "there is no such file"),
    (PermissionError, "may not be read by this user"),
    (IsADirectoryError, "is a folder, not a file"),
    (av.error.DecoderNotFoundError, "there is no decoder for its codec"),
    (MemoryError, "needs more memory than there is"),
)


class Readable(Protocol):
    """What a fetcher gives: bytes from front to end."""

    def read(self, size: int) -> bytes:
        """Give up to ``size`` bytes, none at the end."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


def open_file(path: Path, label: str) -> InputContainer:
    """Open a clip; nothing but this file is ever read. Raises InputError."""
    options = {"protocol_whitelist": "file", "format_whitelist": _FILE_FORMATS, "fflags": CAMERA_FLAGS}
    return guarded(lambda: av.open(f"file:{path}", mode="r", options=options), label)


def open_picture(path: Path, label: str) -> InputContainer:
    """Open a still picture by its content alone: a ``%d`` in its name means nothing. Raises InputError."""
    options = {"protocol_whitelist": "file", "format_whitelist": _FILE_FORMATS}
    return guarded(lambda: av.open(io.BytesIO(path.read_bytes()), mode="r", options=options), label)


@dataclass(frozen=True)
class OpenRequest:
    """What av.open is told of a camera; ingest.opening knows it for each kind.

    ``address`` is a URL with login, or the path of a device; ``options`` are FFmpeg's; ``form`` names the only format
    that it can be; ``fetcher`` opens every address in FFmpeg's place, the first one, too; ``verified`` says that a
    certificate must be good.
    """

    address: str = field(repr=False)
    options: dict[str, str]
    form: str | None = None
    fetcher: Callable[[str, int, dict[str, str]], Readable] | None = None
    verified: bool = False


def open_stream(request: OpenRequest, label: str, open_s: float, read_s: float) -> InputContainer:
    """Connect to a camera.

    Args:
        request: what is opened, and how.
        label: what people may read of it.
        open_s: seconds until the stream is described.
        read_s: seconds that one read may take.

    Raises:
        AccessRefused: if the camera refuses the login.
        InputError: for everything else.
    """
    hint = _CERTIFICATE_HINT if request.verified else ""
    return guarded(
        lambda: av.open(
            request.address,
            mode="r",
            format=request.form,
            options=request.options,
            timeout=(open_s, read_s),
            io_open=request.fetcher,
        ),
        label,
        camera=True,
        hint=hint,
    )


def rtsp_options(open_s: float) -> dict[str, str]:
    """Give FFmpeg's options for a camera over RTSP; seconds until the stream is described."""
    return {
        "rtsp_transport": "tcp",
        "timeout": str(round(open_s * 1e6)),
        "allowed_media_types": "video",
        "fflags": CAMERA_FLAGS,
        "protocol_whitelist": "rtsp,rtp,udp,tcp,tls,crypto",
    }


def guarded(call: Callable[[], _Result], label: str, *, camera: bool = False, hint: str = "") -> _Result:
    """Do something with PyAV; its errors come out as InputError (a subclass of it where the login is refused).

    ``hint`` follows where FFmpeg does not say why a connection does not come about.
    """
    try:
        return call()
    except _FAULTS as error:
        text = _text(error, camera=camera)
    if text is None:
        raise AccessRefused(redact(f"{label}: the camera refuses the login; check user and password"))
    raise InputError(redact(f"{label}: {text}{hint if text == _UNREACHED else ''}"))


def _text(error: BaseException, *, camera: bool) -> str | None:
    """Say in our words what is wrong; None: the login is refused."""
    if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError):
        return None
    if camera and isinstance(error, OSError) and error.errno in _DEVICE_TEXTS:
        return _DEVICE_TEXTS[error.errno]
    texts, default = (
        (_CAMERA_TEXTS, "the camera's stream cannot be read")
        if camera
        else (_FILE_TEXTS, "not a video or picture that can be read")
    )
    return next((text for kind, text in texts if isinstance(error, kind)), default)
