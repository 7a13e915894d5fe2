from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from ingest.diagnosis.steps import TimeLimit
from ingest.diagnosis.watch import StreamWatch
from ingest.source import parse_source
from posestream.clock import SystemClock


def watched(address: str, seconds: float = 20.0) -> StreamWatch:
    watch = StreamWatch(parse_source(address), TimeLimit(seconds, SystemClock()))
    watch.wait(lambda seen: seen.ended)
    watch.close()
    return watch


def test_a_clip_is_read_to_its_end(make_clip: Callable[..., Path]) -> None:
    watch = watched(str(make_clip(frames=60)))
    seen = watch.seen
    assert watch.error is None
    assert (len(seen.packets), sum(packet.keyframe for packet in seen.packets)) == (60, 6)
    assert seen.heading is not None
    assert (seen.heading.codec, seen.heading.fps_stated, seen.heading.timeless) == ("h264", 25.0, False)
    assert seen.surface is not None
    assert (seen.surface.width, seen.surface.height, seen.surface.pixel_format) == (160, 120, "yuv420p")
    assert any(picture.two_way for picture in seen.pictures)
    assert len(seen.pictures) >= 25


def test_a_camera_is_watched_until_enough_was_seen(
    rtsp_peer: Callable[..., Any],
    rtsp_peers: ModuleType,
    make_clip: Callable[..., Path],
) -> None:
    peer = rtsp_peer(make_clip(), reports=rtsp_peers.SenderReports(offset_s=60.0))
    seen = watched(peer.url()).seen
    assert sum(packet.keyframe for packet in seen.packets) >= 3
    assert seen.skew_seconds is not None
    assert 55 < seen.skew_seconds < 60.5


def test_mjpeg_over_http_holds_no_times(http_camera: Callable[..., Any], http_answers: Any) -> None:  # noqa: ANN401
    camera = http_camera({"/video": http_answers.multipart(40)})
    seen = watched(camera.url("/video")).seen
    assert seen.heading is not None
    assert seen.heading.timeless
    assert all(packet.seconds is None for packet in seen.packets)


def test_it_ends_when_the_time_is_over(fake_camera: Callable[[str], int]) -> None:
    watch = StreamWatch(
        parse_source(f"rtsp://a:CANARY@127.0.0.1:{fake_camera('hole')}/x"), TimeLimit(1.0, SystemClock())
    )
    assert not watch.wait(lambda seen: seen.opened)
    watch.close()
    assert "CANARY" not in str(watch.error)


def test_why_it_could_not_be_opened_is_kept(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    watch = watched(str(tmp_path / "text.mp4"))
    assert "not a video" in str(watch.error)
    assert watch.seen.opened is None
