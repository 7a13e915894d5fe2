import json
import re
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., "subprocess.CompletedProcess[str]"]
LOGIN = ("admin", "CANARY@/:#?%'\"\u00fc")
MACHINE = ["posestream", "import names", "engine", "models"]


def told(done: "subprocess.CompletedProcess[str]", state: str) -> list[str]:
    """Give the lines of a state; every line is one."""
    lines = done.stderr.splitlines()
    assert all(re.match(r"(ok    |warns |fails |      )[a-z]", line) for line in lines), done.stderr
    assert all(line.isprintable() for line in lines)
    assert "CANARY" not in done.stdout + done.stderr
    return [line[6:] for line in lines if line[:6].strip() == state]


def names(lines: list[str]) -> list[str]:
    return [line.partition(": ")[0] for line in lines]


@pytest.mark.weights
@pytest.mark.usefixtures("pulled_models")
def test_all_is_well(posestream: Call, make_clip: Callable[..., Path]) -> None:
    done = posestream("doctor", make_clip("[b]clip.mp4"))
    assert (done.returncode, told(done, "fails")) == (0, [])
    assert names(told(done, "ok")) == [*MACHINE, "stream", "keyframe", "decode", "timestamps"]
    assert ", 160x120, yuv420p, " in done.stderr
    assert done.stdout.startswith('cameras:\n  - id: "b-clip"\n    url: "file:')


def test_without_models_the_rest_is_checked_all_the_same(posestream: Call, no_models: dict[str, str]) -> None:
    done = posestream("doctor", "gone.mp4", **no_models)
    assert (done.returncode, done.stdout) == (5, "")  # the first that fails
    assert told(done, "fails") == [
        "models: movenet-multipose, movenet-thunder, nanodet, blazepose-full not here: run 'posestream models pull'",
        "source: gone.mp4: there is no such file or folder",
    ]


@pytest.mark.weights
@pytest.mark.usefixtures("pulled_models")
class TestOfACamera:
    def test_that_works(
        self, posestream: Call, rtsp_peer: Callable[..., Any], make_clip: Callable[..., Path], tmp_path: Path
    ) -> None:
        peer = rtsp_peer(make_clip(frames=50), login=LOGIN, digest=True, audio=True)
        done = posestream("doctor", peer.url())
        assert (done.returncode, told(done, "fails")) == (0, []), done.stderr
        layers = ["name", "tcp", "rtsp", "login", "path", "codec", "stream", "keyframe", "decode", "timestamps"]
        assert names(told(done, "ok")) == MACHINE + layers
        assert names(told(done, "")) == ["source", "picture", "rate", "keyframes", "audio", "clock", "start"]
        (tmp_path / "site.yaml").write_text(done.stdout)
        variables = dict(zip(re.findall(r"\$\{(\w+)\}", done.stdout), LOGIN, strict=True))
        assert posestream("config", "check", "site.yaml", **variables).returncode == 0
        assert posestream("config", "check", "site.yaml").returncode == 2  # they are wanted

    @pytest.mark.parametrize(
        ("fault", "line"),
        [
            ("401", "login: the camera refuses this user and password (401) -> check both; "),
            ("404", "path: the camera has no stream under this path (404) -> look the path up "),
            ("wrong codec", "codec: the video's codec X-NOBODY cannot be read -> set the camera's stream to H.264 "),
            ("hole", "rtsp: the port accepts the connection, then says nothing -> restart the camera "),
            ("no keyframe", "keyframe: "),
        ],
    )
    def test_that_fails(
        self,
        posestream: Call,
        rtsp_peer: Callable[..., Any],
        make_clip: Callable[..., Path],
        fault: str,
        line: str,
    ) -> None:
        peer = rtsp_peer(make_clip(frames=50), login=LOGIN)
        peer.break_with(fault)
        done = posestream("doctor", peer.url(), "--seconds", "8")
        assert (done.returncode, done.stdout) == (3, "")
        (failed,) = told(done, "fails")
        assert failed.startswith(line)

    def test_where_nothing_listens(self, posestream: Call) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))  # bound, but not listening
            address = f"127.0.0.1:{free.getsockname()[1]}"
            done = posestream("doctor", f"rtsp://admin:CANARY@{address}/a/very/long/path/that/would/be/wrapped/at/80")
        assert done.returncode == 3
        (line,) = told(done, "fails")
        assert line.startswith(f"tcp: {address.replace(':', ' port ')}: connection refused: ")
        assert told(done, "")[0] == f"source: rtsp://{address}/a/very/long/path/that/would/be/wrapped/at/80"

    def test_for_machines(
        self, posestream: Call, rtsp_peer: Callable[..., Any], make_clip: Callable[..., Path]
    ) -> None:
        peer = rtsp_peer(make_clip(frames=50), login=LOGIN)
        good = posestream("doctor", peer.url(), "--json")
        found = json.loads(good.stdout)
        assert (good.returncode, found["exit_code"], found["failures"]) == (0, 0, [])
        assert found["source"]["facts"]["figures"]["gop_frames"] > 0
        peer.break_with("403")
        bad = posestream("doctor", peer.url(), "--json")
        found = json.loads(bad.stdout)
        assert (bad.returncode, found["exit_code"], len(found["failures"])) == (3, 3, 1)
        assert found["source"]["layers"][-1]["layer"] == "login"
        assert found["source"]["facts"] is None
        assert "CANARY" not in good.stdout + good.stderr + bad.stdout + bad.stderr

    def test_whose_address_is_no_camera_s(self, posestream: Call) -> None:
        done = posestream("doctor", "ftp://admin:CANARY@10.0.0.7/video")
        assert (done.returncode, done.stdout) == (2, "")
        (line,) = told(done, "fails")
        assert line.startswith(
            "source: 'ftp:' is no source that posestream opens: wanted rtsp://\u2026, rtsps://\u2026, "
        )
