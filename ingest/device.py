"""A camera on this machine's own sockets (V4L2), as people write it: device:0, device:/dev/video2?size=1280x720."""

import re
from dataclasses import dataclass

from ingest.source_options import rate_option, size_option, split_options
from posestream.errors import UsageError

_NUMBER = re.compile(r"\d{1,3}")
_PATH = re.compile(r"/dev/[A-Za-z0-9_.:-]+(/[A-Za-z0-9_.:-]+)*")
_FORMATS = ("mjpeg", "yuyv422", "h264")


@dataclass(frozen=True)
class DeviceRequest:
    """Which device, and what is asked of it; what is None the driver chooses.

    ``size`` is (width, height) px, ``fps`` frames a second, ``picture_format`` one of mjpeg, yuyv422, h264.
    """

    path: str
    size: tuple[int, int] | None = None
    fps: float | None = None
    picture_format: str | None = None

    @property
    def options(self) -> dict[str, str]:
        """What FFmpeg's v4l2 input is told."""
        options: dict[str, str] = {}
        if self.size is not None:
            options["video_size"] = f"{self.size[0]}x{self.size[1]}"
        if self.fps is not None:
            options["framerate"] = f"{self.fps:g}"
        if self.picture_format is not None:
            options["input_format"] = self.picture_format
        return options


def read_device(text: str) -> DeviceRequest:
    """Read ``device:NUMBER`` or ``device:/dev/…`` with size, fps and format behind a ``?``.

    Raises:
        UsageError: if it is neither, or an option makes no sense.
    """
    rest = text.partition(":")[2]
    name, options = split_options(rest, text.partition("?")[0], ("size", "fps", "format"))
    path = f"/dev/video{int(name)}" if _NUMBER.fullmatch(name) else name
    what = f"device:{path}"
    if not _PATH.fullmatch(path) or ".." in path:
        raise UsageError(f"{text}: wanted device:0 or device:/dev/video0")
    picture_format = options.get("format")
    if picture_format not in {None, *_FORMATS}:
        raise UsageError(f"{what}: format: wanted one of {', '.join(_FORMATS)}, got '{picture_format}'")
    return DeviceRequest(path, size_option(options, what), rate_option(options, what), picture_format)
