"""A running ``posestream run`` to be measured, and an RTSP camera for it."""

import importlib.util
import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
from report import ROOT

POSESTREAM = Path(sys.executable).with_name("posestream")
_OPEN = re.compile(r"Open (http://\S+)")


class LiveProcess:
    """``posestream run`` as a child; a context manager that ends it by SIGINT."""

    def __init__(self, arguments: Sequence[str], folder: Path) -> None:
        self._log = folder / "run.log"
        self._file = self._log.open("wb")
        self.started_at = time.monotonic()
        command = [str(POSESTREAM), "run", *arguments, "--port", "0", "--data", str(folder / "data")]
        self._process = subprocess.Popen(command, stdout=self._file, stderr=self._file)
        self.address = ""

    def __enter__(self) -> Self:
        self.address = self._wait_for(lambda: (match := _OPEN.search(self.log())) and match[1].rstrip("/"), 60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(30)
        self._file.close()

    def log(self) -> str:
        """Give what it has written so far."""
        return self._log.read_text(errors="replace")

    def cameras(self) -> list[dict[str, Any]]:
        """Give what the page knows of the cameras."""
        with urllib.request.urlopen(f"{self.address}/api/v1/cameras", timeout=5) as answer:  # noqa: S310  # our own
            cameras: list[dict[str, Any]] = json.load(answer)["cameras"]
        return cameras

    def wait_for_persons(self, seconds: float) -> float:
        """Wait until a camera shows a person; give the seconds since the start of the process."""
        self._wait_for(lambda: any(camera["persons"] for camera in self.cameras()), seconds)
        return time.monotonic() - self.started_at

    def memory_mib(self) -> float:
        """Give its resident memory now, in MiB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024  # type: ignore[index]

    def _wait_for(self, condition: Any, seconds: float) -> Any:  # noqa: ANN401  # whatever is waited for
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            if self._process.poll() is not None:
                raise SystemExit(f"posestream ended with {self._process.returncode}:\n{self.log()}")
            found = condition()
            if found:
                return found
            time.sleep(0.05)
        raise SystemExit(f"nothing came in {seconds} s:\n{self.log()}")


def demo_clip() -> Path:
    """Give the CCTV clip of ``make run``."""
    done = subprocess.run(["sh", "deploy/demo/clip.sh"], cwd=ROOT, capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


def as_h264(clip: Path, target: Path) -> Path:
    """Transcode a clip to H.264, as a camera would send it."""
    with av.open(str(clip)) as source, av.open(str(target), "w") as out:
        pictures = source.streams.video[0]
        stream = out.add_stream("libx264", rate=round(pictures.average_rate or 10))
        stream.width, stream.height, stream.pix_fmt = pictures.width, pictures.height, "yuv420p"
        stream.options = {"preset": "veryfast", "g": "20", "bf": "0", "x264-params": "sliced-threads=0"}
        for frame in source.decode(pictures):
            frame.pts = None
            out.mux(stream.encode(frame.reformat(format="yuv420p")))
        out.mux(stream.encode())
    return target


def rtsp_camera(clip: Path, folder: Path) -> Any:  # noqa: ANN401  # loaded by path: no static type
    """Give a started RTSP server that plays the clip for ever (the tests' own, tests/servers/rtsp.py)."""
    spec = importlib.util.spec_from_file_location("servers_rtsp", ROOT / "tests" / "servers" / "rtsp.py")
    assert spec is not None  # noqa: S101  # the file is in this repository
    assert spec.loader is not None  # noqa: S101  # as above
    rtsp = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rtsp)
    python = rtsp.python_with_gstreamer()
    if python is None:
        raise SystemExit("no python3 with GStreamer's RTSP server: run 'make servers'")
    server = rtsp.RtspServer(python, clip, folder)
    server.start()
    return server
