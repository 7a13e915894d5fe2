import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ingest.diagnosis.diagnose import Diagnosis, diagnose
from ingest.diagnosis.steps import Layer, State, Step
from ingest.source import parse_source

LOGIN = ("admin", "CANARY@/:#?% \u00fc")
RTSP_LAYERS = ["name", "tcp", "rtsp", "login", "path", "codec", "stream", "keyframe", "decode", "timestamps"]


def states(diagnosis: Diagnosis) -> list[str]:
    return [step.layer.value for step in diagnosis.steps]


@pytest.mark.parametrize("digest", [False, True])
def test_a_good_camera(rtsp_peer: Callable[..., Any], make_clip: Callable[..., Path], *, digest: bool) -> None:
    peer, told = rtsp_peer(make_clip(), login=LOGIN, digest=digest, audio=True), list[Step]()
    diagnosis = diagnose(parse_source(peer.url()), 20.0, told.append)
    assert states(diagnosis) == RTSP_LAYERS
    assert told == list(diagnosis.steps)
    assert {step.state for step in told} == {State.OK}
    assert diagnosis.facts is not None
    assert (diagnosis.facts.width, diagnosis.facts.audio, diagnosis.facts.two_way) == (160, ("PCMA",), True)
    assert diagnosis.facts.figures is not None
    assert diagnosis.facts.figures.gop_frames == 10
    assert "CANARY" not in repr(diagnosis)


@pytest.mark.parametrize(
    ("fault", "layer"),
    [
        ("gone", Layer.TCP),
        ("hole", Layer.RTSP),
        ("close", Layer.RTSP),
        ("401", Layer.LOGIN),
        ("403", Layer.LOGIN),
        ("404", Layer.PATH),
        ("500", Layer.PATH),
        ("audio only", Layer.PATH),
        ("wrong codec", Layer.CODEC),
        ("no keyframe", Layer.KEYFRAME),
    ],
)
def test_the_layer_that_fails_is_named(
    rtsp_peer: Callable[..., Any], make_clip: Callable[..., Path], fault: str, layer: Layer
) -> None:
    peer = rtsp_peer(make_clip(), login=LOGIN)
    peer.break_with(fault)
    diagnosis = diagnose(parse_source(peer.url()), 8.0)
    assert diagnosis.failed is not None, fault
    assert diagnosis.failed.layer is layer, diagnosis.failed
    assert diagnosis.failed is diagnosis.steps[-1]
    assert diagnosis.failed.remedy
    assert (diagnosis.facts, diagnosis.config) == (None, None)
    assert "CANARY" not in repr(diagnosis)


def test_noise_instead_of_a_stream(rtsp_peer: Callable[..., Any], make_clip: Callable[..., Path]) -> None:
    peer = rtsp_peer(make_clip())
    peer.break_with("noise")
    failed = diagnose(parse_source(peer.url()), 8.0).failed
    assert failed is not None
    assert failed.layer in {Layer.STREAM, Layer.KEYFRAME}  # by how long FFmpeg looks for a beginning


def test_a_name_that_is_not_known() -> None:
    diagnosis = diagnose(parse_source("rtsp://u:CANARY@camera.invalid/live"))
    assert states(diagnosis) == ["name"]
    assert "CANARY" not in repr(diagnosis)


def test_an_http_server_on_the_port(http_camera: Callable[..., Any]) -> None:
    diagnosis = diagnose(parse_source(f"rtsp://u:p@127.0.0.1:{http_camera({}).port}/live"))
    assert states(diagnosis) == ["name", "tcp", "rtsp"]
    assert "an HTTP server" in diagnosis.steps[-1].text


def test_tls_that_is_none(rtsp_peer: Callable[..., Any], make_clip: Callable[..., Path]) -> None:
    diagnosis = diagnose(parse_source(rtsp_peer(make_clip()).url().replace("rtsp:", "rtsps:")))
    assert states(diagnosis) == ["name", "tcp", "tls"]


def test_a_clip_and_a_pattern(make_clip: Callable[..., Path]) -> None:
    clip = diagnose(parse_source(str(make_clip())))
    assert states(clip) == ["stream", "keyframe", "decode", "timestamps"]
    assert clip.config is not None
    pattern = diagnose(parse_source("test:bars?size=320x180&fps=10"))
    assert pattern.facts is not None
    assert (pattern.facts.width, pattern.failed) == (320, None)


def test_nothing_of_it_is_left(rtsp_peers: ModuleType, make_clip: Callable[..., Path]) -> None:
    def held() -> tuple[int, int]:
        return threading.active_count(), len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # counted alone

    clip = make_clip()
    before = held()
    for fault in (None, "hole", "404", "reset"):
        with rtsp_peers.RtspPeer(clip) as peer:
            if fault is not None:
                peer.break_with(fault)
            diagnose(parse_source(peer.url()), 8.0)
    assert held() == before


@pytest.mark.rtsp
def test_a_real_camera(rtsp_server: Callable[..., Any], make_clip: Callable[..., Path]) -> None:
    server = rtsp_server(make_clip(), login=("admin", "CANARY@#"))
    good = diagnose(parse_source(server.url()))
    assert (states(good), good.failed) == (RTSP_LAYERS, None)
    nowhere = diagnose(parse_source(server.url("/nowhere")))
    assert states(nowhere)[-1] == "path"
    assert states(diagnose(parse_source(server.url("/sound"))))[-1] in {"path", "stream"}
    wrong = diagnose(parse_source(server.url(login=("admin", "wrong"))))
    assert states(wrong)[-1] == "login"


@pytest.mark.rtsp
def test_a_real_camera_over_tls(
    rtsp_server: Callable[..., Any], make_clip: Callable[..., Path], certificate: Path
) -> None:
    good = diagnose(parse_source(rtsp_server(make_clip(), ("admin", "p"), certificate).url()))
    assert (states(good), good.failed) == ([*RTSP_LAYERS[:2], "tls", *RTSP_LAYERS[2:]], None)


def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        diagnosis = diagnose(parse_source(f"rtsp://127.0.0.1:{taken.getsockname()[1]}/live"))
    assert states(diagnosis) == ["name", "tcp"]
