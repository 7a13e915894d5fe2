import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., "subprocess.CompletedProcess[str]"]


def failures(done: "subprocess.CompletedProcess[str]") -> list[str]:
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert all(line.startswith(("ok    ", "fails ")) for line in lines), done.stderr
    return [line.removeprefix("fails ") for line in lines if line.startswith("fails ")]


@pytest.mark.weights
@pytest.mark.usefixtures("pulled_models")
def test_all_is_well(posestream: Call, make_clip: Callable[..., Path]) -> None:
    done = posestream("doctor", make_clip("[b]clip.mp4"))
    assert (done.returncode, failures(done)) == (0, [])
    told = [line.split(": ")[0].split()[-1] for line in done.stderr.splitlines()]
    assert told == ["posestream", "names", "engine", "models", "source"]
    assert "h264 160x120, 25 fps" in done.stderr


def test_without_models_the_rest_is_checked_all_the_same(posestream: Call, no_models: dict[str, str]) -> None:
    done = posestream("doctor", "gone.mp4", **no_models)
    assert done.returncode == 5  # the first that fails
    assert failures(done) == [
        "models: movenet-multipose, movenet-thunder, nanodet, blazepose-full not here: run 'posestream models pull'",
        "source: gone.mp4: there is no such file or folder",
    ]


@pytest.mark.weights
@pytest.mark.usefixtures("pulled_models")
class TestOfACamera:
    def test_that_refuses_the_login(self, posestream: Call, refusing_camera: int) -> None:
        done = posestream("doctor", f"rtsp://admin:CANARY@127.0.0.1:{refusing_camera}/live")
        assert done.returncode == 3
        label = f"rtsp://127.0.0.1:{refusing_camera}/live"
        assert failures(done) == [f"source: {label}: the camera refuses the login; check user and password"]
        assert "CANARY" not in done.stderr

    def test_where_nothing_listens(self, posestream: Call) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))  # bound, but not listening
            address = f"127.0.0.1:{free.getsockname()[1]}"
            done = posestream("doctor", f"rtsp://admin:CANARY@{address}/a/very/long/path/that/would/be/wrapped/at/80")
        assert done.returncode == 3
        (line,) = failures(done)
        assert line.startswith(f"source: rtsp://{address}/a/very/long/path/that/would/be/wrapped/at/80: TCP connect: ")
        assert line.endswith("Connection refused")
        assert "CANARY" not in done.stderr

    def test_whose_address_is_no_camera_s(self, posestream: Call) -> None:
        done = posestream("doctor", "http://admin:CANARY@10.0.0.7/video")
        assert done.returncode == 2
        (line,) = failures(done)
        assert line.startswith("source: 'http:' is no source that posestream opens: wanted rtsp://…, rtsps://…, ")
        assert "CANARY" not in done.stderr
