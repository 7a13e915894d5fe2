"""A close look at one source for people who ask why there is no picture: the error names the layer that failed."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ingest.container import open_file, open_picture
from ingest.deadlines import LiveDeadlines
from ingest.decode import Damage, decoded_frames, frame_rate, video_stream
from ingest.folder import picture_paths
from ingest.opening import open_live
from ingest.pattern_request import read_pattern
from ingest.scaling import upright_size
from ingest.source import Source, SourceKind
from posestream.clock import Clock, SystemClock
from posestream.errors import AccessRefused, InputError

_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}


@dataclass(frozen=True)
class SourceFacts:
    """What a source delivers; ``open_seconds`` until it was open, ``first_frame_seconds`` until the first frame."""

    codec: str
    width: int
    height: int
    fps: float | None
    keyframe_seen: bool
    open_seconds: float
    first_frame_seconds: float


def probe(source: Source, deadlines: LiveDeadlines | None = None, clock: Clock | None = None) -> SourceFacts:
    """Open a source, decode its first frame and say what it is.

    Raises:
        AccessRefused: if the camera refuses the login.
        InputError: the message names the layer: name, TCP, RTSP, video stream, or frames.
    """
    limits, now = deadlines or LiveDeadlines(), clock or SystemClock()
    began = now.monotonic()
    if source.kind is SourceKind.TEST:
        pattern = read_pattern(source.address)
        return SourceFacts("none", *pattern.size, pattern.fps, True, 0.0, 0.0)  # noqa: FBT003  # a keyframe each
    if source.is_remote:
        _reach(source, limits.open_s)
    with _opened(source, limits) as container:
        stream = video_stream(container, source.label)
        opened = now.monotonic()
        ends_at = opened + limits.first_frame_s
        frame = _first_frame(container, stream, source, lambda: now.monotonic() < ends_at)
        width, height = upright_size(frame)
        return SourceFacts(
            codec=stream.codec_context.name,
            width=width,
            height=height,
            fps=frame_rate(stream),
            keyframe_seen=bool(frame.key_frame),
            open_seconds=opened - began,
            first_frame_seconds=now.monotonic() - began,
        )


@contextmanager
def _opened(source: Source, limits: LiveDeadlines) -> Iterator[InputContainer]:
    if source.is_live:
        container = _opened_camera(source, limits)
    elif source.kind is SourceKind.FOLDER or source.is_picture:
        path = picture_paths(source)[0]
        container = open_picture(path, str(path))
    else:
        container = open_file(Path(source.address), source.label)
    with container:
        yield container


def _opened_camera(source: Source, limits: LiveDeadlines) -> InputContainer:
    try:
        return open_live(source, limits)
    except AccessRefused:
        raise
    except InputError as error:
        text = str(error).removeprefix(f"{source.label}: ")
    if not source.is_remote:
        raise InputError(f"{source.label}: {text}")
    layer = "RTSP" if source.kind is SourceKind.RTSP else "HTTP"
    raise InputError(f"{source.label}: {layer}: the port answers, but the stream cannot be opened: {text}")


def _reach(source: Source, timeout_s: float) -> None:
    """Resolve the name and connect to the port: the two layers below RTSP."""
    parts = urlsplit(source.address)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    addresses = _resolve(host, port, timeout_s)
    if not addresses:
        raise InputError(f"{source.label}: name resolution: the name '{host}' is not known, or DNS does not answer")
    reason = ""
    for address in addresses:
        try:
            socket.create_connection((address, port), timeout_s).close()
        except OSError as error:
            reason = error.strerror or "no answer in time"
        else:
            return
    raise InputError(f"{source.label}: TCP connect: {host} port {port}: {reason}")


def _resolve(host: str, port: int, timeout_s: float) -> list[str]:
    """Give the host's addresses, none if there are none in time: DNS has a time limit of its own, not ours."""
    found: list[str] = []

    def look_up() -> None:
        try:
            found.extend(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            return

    thread = threading.Thread(target=look_up, name="resolve", daemon=True)
    thread.start()
    thread.join(timeout_s)
    return list(found)


def _first_frame(
    container: InputContainer, stream: VideoStream, source: Source, in_time: Callable[[], bool]
) -> VideoFrame:
    """Give the first keyframe, or the first frame where none comes in time."""
    first: VideoFrame | None = None
    camera = source.is_live
    frames = decoded_frames(container, stream, source.label, Damage(), wanted=in_time, camera=camera)
    try:
        for frame in frames:
            first = first or frame
            if frame.key_frame:
                return frame
    except InputError:
        pass  # what came before it decides
    if first is None:
        raise InputError(f"{source.label}: no frame could be decoded: the stream is open, but no picture comes")
    return first
