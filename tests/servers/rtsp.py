"""A real RTSP server (GStreamer's) for tests: started on a free port of this machine, ended by its process id."""

import functools
import select
import shutil
import socket
import struct
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import av

SCRIPT = Path(__file__).with_name("rtsp_server.py")
START_SECONDS = 20.0
CHECK = (
    "import gi; gi.require_version('Gst', '1.0'); gi.require_version('GstRtspServer', '1.0');"
    "from gi.repository import Gst, GstRtspServer; Gst.init(None);"
    "assert all(map(Gst.ElementFactory.find, ('appsrc', 'h264parse', 'rtph264pay')))"
)


@functools.cache
def python_with_gstreamer() -> str | None:
    """Give a python3 that can run the server, None if there is none."""
    for python in ("/usr/bin/python3", shutil.which("python3")):
        if python and subprocess.run([python, "-c", CHECK], capture_output=True, check=False).returncode == 0:
            return python
    return None


class RtspServer:
    """Serves one H.264 clip, with ``pem`` (certificate and key) over TLS; may be stopped, and started again there."""

    def __init__(
        self, python: str, clip: Path, folder: Path, login: tuple[str, str] | None = None, pem: Path | None = None
    ) -> None:
        self._units = folder / f"{clip.stem}.units"
        self._rate = write_units(clip, self._units)
        self._python = python
        self._login = login
        self._pem = pem
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    def url(self, path: str = "/cam", login: tuple[str, str] | None = None) -> str:
        """Give the address of a path, with the server's own login or another one, percent-encoded."""
        user = login or self._login
        prefix = f"{quote(user[0], safe='')}:{quote(user[1], safe='')}@" if user else ""
        scheme = "rtsps" if self._pem else "rtsp"
        return f"{scheme}://{prefix}127.0.0.1:{self.port}/{path.removeprefix('/')}"

    def start(self) -> None:
        """Start the server and wait until it listens."""
        ends_at = time.monotonic() + START_SECONDS
        facts = (str(self.port), str(self._units), str(self._rate), str(self._pem or "-"))
        command = [self._python, str(SCRIPT), *facts, *(self._login or ())]
        while time.monotonic() < ends_at:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            self._process = process
            assert process.stdout is not None
            ready, _, _ = select.select([process.stdout], [], [], ends_at - time.monotonic())
            if ready and process.stdout.readline() == b"ready\n":
                return
            self.stop()  # the port may be taken for a moment after a stop
        raise AssertionError("the RTSP server did not start")

    def stop(self) -> None:
        """End the server at once, as if the plug was pulled; may be called twice."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


def write_units(clip: Path, target: Path) -> int:
    """Write the clip's H.264 access units, each with its length before it; give the clip's frames a second."""
    with av.open(str(clip)) as container, target.open("wb") as out:
        stream = container.streams.video[0]
        annexb = av.BitStreamFilterContext("h264_mp4toannexb", stream)
        for packet in container.demux(stream):
            for unit in annexb.filter(packet if packet.size else None):
                data = bytes(unit)
                out.write(struct.pack(">I", len(data)) + data)
        return round(stream.average_rate)
