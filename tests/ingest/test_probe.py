import socket
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ingest.deadlines import LiveDeadlines
from ingest.probe import probe
from ingest.source import parse_source
from posestream.errors import AccessRefused, InputError

HASTY = LiveDeadlines(open_s=1.0, first_frame_s=1.0)


def test_the_facts_of_a_clip(make_clip: Callable[..., Path]) -> None:
    facts = probe(parse_source(str(make_clip())))
    assert (facts.codec, facts.width, facts.height, facts.fps) == ("h264", 160, 120, 25.0)
    assert facts.keyframe_seen
    assert 0 <= facts.open_seconds <= facts.first_frame_seconds


def test_the_facts_of_a_folder(tmp_path: Path, make_clip: Callable[..., Path]) -> None:
    make_clip("pictures/a.png", frames=1, codec="png", pixel_format="rgb24", muxer={"update": "1"})
    facts = probe(parse_source(str(tmp_path / "pictures")))
    assert (facts.codec, facts.width, facts.height) == ("png", 160, 120)


def test_the_facts_of_a_test_pattern() -> None:
    facts = probe(parse_source("test:bars?size=320x180&fps=10"))
    assert (facts.codec, facts.width, facts.height, facts.fps) == ("none", 320, 180, 10.0)


def test_a_camera_over_http(http_camera: Callable[..., Any], http_answers: ModuleType) -> None:
    camera = http_camera({"/video": http_answers.multipart()})
    facts = probe(parse_source(camera.url("/video")), HASTY)
    assert (facts.codec, facts.width, facts.height, facts.keyframe_seen) == ("mjpeg", 160, 120, True)
    with pytest.raises(InputError, match=r"HTTP: the port answers.*no stream under this path"):
        probe(parse_source(camera.url("/nowhere")), HASTY)


def test_a_device_that_is_not_there() -> None:
    with pytest.raises(InputError, match=r"^device:/dev/video99: there is no such device$"):
        probe(parse_source("device:99"), HASTY)


@pytest.mark.parametrize(
    ("mode", "kind", "layer"),
    [
        ("hole", InputError, "RTSP"),
        ("close", InputError, "RTSP"),
        ("404", InputError, "RTSP"),
        ("401", AccessRefused, "refuses the login"),
    ],
)
def test_the_layer_that_fails_is_named(
    fake_camera: Callable[[str], int], mode: str, kind: type[InputError], layer: str
) -> None:
    source = parse_source(f"rtsp://admin:secret1@127.0.0.1:{fake_camera(mode)}/live")
    with pytest.raises(kind, match=layer) as caught:
        probe(source, HASTY)
    assert "secret1" not in str(caught.value)


def test_a_name_that_is_not_known() -> None:
    with pytest.raises(InputError, match="name resolution"):
        probe(parse_source("rtsp://u:secret1@camera.invalid/live"), HASTY)


def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(InputError, match="TCP connect"):
            probe(parse_source(f"rtsp://127.0.0.1:{taken.getsockname()[1]}/live"), HASTY)


def test_a_file_without_video(tmp_path: Path) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("no video")
    with pytest.raises(InputError, match="not a video"):
        probe(parse_source(str(path)))


def test_a_file_of_broken_frames(make_clip: Callable[..., Path]) -> None:
    path = make_clip(frames=10, muxer={"movflags": "faststart"})
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = bytes(len(data) - start)
    path.write_bytes(data)
    with pytest.raises(InputError, match="no frame could be decoded"):
        probe(parse_source(str(path)))


@pytest.mark.rtsp
def test_a_real_camera(rtsp_server: Callable[..., Any], make_clip: Callable[..., Path]) -> None:
    server = rtsp_server(make_clip())
    facts = probe(parse_source(server.url()))
    assert (facts.codec, facts.width, facts.height, facts.keyframe_seen) == ("h264", 160, 120, True)
    with pytest.raises(InputError, match=r"RTSP.*no stream under this path"):
        probe(parse_source(server.url("/nowhere")))
    with pytest.raises(InputError, match=r"RTSP.*is there video"):
        probe(parse_source(server.url("/sound")))
