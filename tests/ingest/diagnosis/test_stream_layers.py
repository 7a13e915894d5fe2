from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.diagnosis.steps import Finding, Layer, LayerFailed, TimeLimit
from ingest.diagnosis.stream_layers import StreamExamination
from ingest.source import parse_source
from posestream.clock import SystemClock


def examined(address: str, seconds: float = 20.0) -> list[Finding]:
    looked_at = StreamExamination(parse_source(address), TimeLimit(seconds, SystemClock()))
    try:
        looks = (looked_at.opens, looked_at.has_keyframe, looked_at.decodes, looked_at.has_times)
        return [look() for look in looks]
    finally:
        looked_at.close()


def test_a_clip(make_clip: Callable[..., Path]) -> None:
    opened, keyframe, decoded, times = examined(str(make_clip()))
    assert opened.text.endswith("(h264)")
    assert (keyframe.text, decoded.text, times.text) == ("there", "160x120 yuv420p", "in order")
    assert not times.remedy


def test_a_folder(tmp_path: Path, make_clip: Callable[..., Path]) -> None:
    make_clip("pictures/a.png", frames=1, codec="png", pixel_format="rgb24", muxer={"update": "1"})
    assert examined(str(tmp_path / "pictures"))[2].text == "160x120 rgb24"


def test_a_file_without_video(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(LayerFailed, match="not a video"):
        examined(str(tmp_path / "text.mp4"))


def test_a_file_of_broken_frames(make_clip: Callable[..., Path]) -> None:
    path = make_clip(frames=10, codec="mjpeg", pixel_format="yuvj420p", muxer={"movflags": "faststart"})
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = bytes(len(data) - start)
    path.write_bytes(data)
    with pytest.raises(LayerFailed, match="no picture can be decoded"):
        examined(str(path))


def test_mjpeg_over_http(http_camera: Callable[..., Any], http_answers: Any) -> None:  # noqa: ANN401  # by path
    camera = http_camera({"/video": http_answers.multipart(40)}, login=("admin", "p"))
    assert examined(camera.url("/video"))[3].text == "it holds none: a frame's time is its arrival"
    with pytest.raises(LayerFailed, match="refuses the login") as refused:
        examined(camera.url("/video", login=("admin", "CANARY")))
    assert refused.value.layer is Layer.LOGIN
    with pytest.raises(LayerFailed, match="no stream under this path") as caught:
        examined(camera.url("/nowhere"))
    assert "CANARY" not in f"{refused.value}{refused.value.remedy}"
    assert "MJPEG" in caught.value.remedy


def test_a_device_that_is_not_there() -> None:
    with pytest.raises(LayerFailed, match=r"^there is no such device$"):
        examined("device:99")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("no keyframe", r"^\d+ packets came, but no keyframe"),
        ("garbage", "no video comes|no keyframe|nothing came of it in time|no answer in time"),
        ("500", "the stream cannot be played: the camera answers with an error of its own"),
    ],
)
def test_a_camera_that_fails(
    rtsp_peer: Callable[..., Any], make_clip: Callable[..., Path], fault: str, words: str
) -> None:
    peer = rtsp_peer(make_clip())
    peer.break_with(fault)
    with pytest.raises(LayerFailed, match=words):
        examined(peer.url(), 7.0)


def test_times_that_jump(
    rtsp_peer: Callable[..., Any], make_clip: Callable[..., Path], wait_for: Callable[[Callable[[], object]], None]
) -> None:
    peer = rtsp_peer(make_clip())
    looked_at = StreamExamination(parse_source(peer.url()), TimeLimit(20.0, SystemClock()))
    wait_for(lambda: len(looked_at.watch.seen.packets) > 50)
    peer.jump(100.0)
    finding = looked_at.has_times()
    looked_at.close()
    assert finding.text.startswith("the stream's time jumps (1x in ")
    assert finding.remedy
