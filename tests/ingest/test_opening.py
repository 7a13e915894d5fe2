import random
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from av.video.frame import VideoFrame

from ingest.container import guarded
from ingest.deadlines import LiveDeadlines
from ingest.decode import frame_rate, video_stream
from ingest.live import LiveCamera
from ingest.opening import open_live, open_request
from ingest.settings import ReadSettings
from ingest.source import Source, TlsTrust, parse_source
from posestream.clock import SystemClock
from posestream.errors import AccessRefused, InputError
from posestream.schemas import FrameStamp

LOGIN = ("admin", "p@s:s/#?%w")
HASTY = LiveDeadlines(open_s=3.0, first_frame_s=3.0, next_frame_s=3.0)
AT_ONCE = LiveDeadlines(open_s=1.0, first_frame_s=1.0, next_frame_s=1.0)


def frames_of(source: Source, deadlines: LiveDeadlines = HASTY) -> Iterator[VideoFrame]:
    with open_live(source, deadlines) as container:
        stream = video_stream(container, source.label)
        frames = container.decode(stream)
        while (frame := guarded(lambda: next(frames, None), source.label, camera=True)) is not None:
            yield frame


def sizes(source: Source, count: int = 3) -> set[tuple[int, int]]:
    return {(frame.width, frame.height) for frame in islice(frames_of(source), count)}


def refused(source: Source, kind: type[InputError] = InputError, deadlines: LiveDeadlines = AT_ONCE) -> str:
    """The text with which opening or reading fails."""
    with pytest.raises(kind) as caught:
        list(islice(frames_of(source, deadlines), 200))
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{source.label}: ")
    assert LOGIN[1] not in "".join(traceback.format_exception(caught.value))
    assert "p%40s" not in "".join(traceback.format_exception(caught.value))
    return text


@pytest.mark.parametrize("lengths", [True, False])
def test_mjpeg(http_camera: Callable[..., Any], http_answers: ModuleType, lengths: bool) -> None:
    camera = http_camera({"/video": http_answers.multipart(lengths=lengths)})
    assert sizes(parse_source(camera.url("/video"))) == {(160, 120)}


@pytest.mark.parametrize("digest", [False, True])
def test_mjpeg_with_a_login(http_camera: Callable[..., Any], http_answers: ModuleType, digest: bool) -> None:
    camera = http_camera({"/video": http_answers.multipart()}, login=LOGIN, digest=digest)
    assert sizes(parse_source(camera.url("/video"))) == {(160, 120)}
    assert "refuses the login" in refused(parse_source(camera.url("/video", ("admin", "wrong"))), AccessRefused)
    assert "refuses the login" in refused(parse_source(f"http://127.0.0.1:{camera.port}/video"), AccessRefused)


def test_times_of_mjpeg_are_those_of_the_arrival(http_camera: Callable[..., Any], http_answers: ModuleType) -> None:
    camera = http_camera({"/video": http_answers.multipart(rate=5.0)})
    rng = random.Random(1)  # noqa: S311  # jitter
    live = LiveCamera(
        parse_source(camera.url("/video")), ReadSettings("cam", width=80), SystemClock(), rng, lambda: None, HASTY
    )
    live.start()
    try:
        ends_at, stamps = time.monotonic() + 30.0, list[FrameStamp]()
        while len(stamps) < 6:
            assert time.monotonic() < ends_at
            frame = live.take()
            stamps += [] if frame is None else [frame.stamp]
            time.sleep(0.01)
    finally:
        live.stop(10.0)
    shown = stamps[-1].pts_seconds - stamps[0].pts_seconds
    arrived = (stamps[-1].captured_at_ns - stamps[0].captured_at_ns) / 1e9
    assert shown == pytest.approx(arrived, abs=0.25)
    assert shown > 0.5  # FFmpeg's own count would say 0.2
    with open_live(parse_source(camera.url("/video")), HASTY) as container:
        assert frame_rate(video_stream(container, "cam")) is None  # FFmpeg says 25


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("/ends", "the connection broke"),
        ("/stalls", "no answer in time"),
        ("/silent", "no answer in time"),
        ("/text", "no video stream|cannot be read"),
        ("/nowhere", "no stream under this path"),
        ("/broken", "error of its own"),
        ("/to-file", "cannot be read"),
        ("/to-https", "cannot be read|reached"),
    ],
)
def test_mjpeg_that_fails(http_camera: Callable[..., Any], http_answers: ModuleType, name: str, told: str) -> None:
    answers = {
        "/ends": http_answers.multipart(5),
        "/stalls": http_answers.multipart(5, then="stall"),
        "/silent": http_answers.silence,
        "/text": http_answers.whole(b"no camera here\n" * 1000),
        "/broken": http_answers.whole(b"", status=503),
        "/to-file": http_answers.redirect("file:///etc/passwd"),
        "/to-https": http_answers.redirect("https://127.0.0.1:1/video"),
    }
    camera = http_camera(answers)
    text = refused(parse_source(camera.url(name, LOGIN)))
    assert any(part in text for part in told.split("|"))


def test_garbage_in_mjpeg_is_passed_over_or_ends_it(http_camera: Callable[..., Any], http_answers: ModuleType) -> None:
    camera = http_camera({"/video": http_answers.multipart(5, then="garbage")})
    with pytest.raises(InputError):
        list(frames_of(parse_source(camera.url("/video")), AT_ONCE))


@pytest.mark.parametrize("kind", ["mjpeg", "hls"])
def test_certificates_over_https(http_camera: Callable[..., Any], http_answers: ModuleType, certificate: Path,
                                 monkeypatch: pytest.MonkeyPatch, kind: str) -> None:  # fmt: skip
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    parts = http_answers.segments(8)
    answers = {f"/s{number}.ts": http_answers.whole(part, "video/mp2t") for number, part in enumerate(parts)}
    answers |= {"/video": http_answers.multipart(), "/a.m3u8": http_answers.sliding(lambda number: f"s{number}.ts")}
    camera = http_camera(answers, pem=certificate)
    url = camera.url("/video" if kind == "mjpeg" else "/a.m3u8", host="localhost")
    assert "certificate cannot be verified" in refused(parse_source(url))
    assert sizes(parse_source(url, tls=TlsTrust.ACCEPT_ANY)) == {(160, 120)}
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert sizes(parse_source(url)) == {(160, 120)}


@pytest.mark.parametrize("login", [None, LOGIN])
def test_hls_goes_on_with_new_segments(
    http_camera: Callable[..., Any], http_answers: ModuleType, login: tuple[str, str] | None
) -> None:
    parts = http_answers.segments(12)
    answers = {f"/s{number}.ts": http_answers.whole(part, "video/mp2t") for number, part in enumerate(parts)}
    master = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\n/live.m3u8\n"
    answers |= {
        "/live.m3u8": http_answers.sliding(lambda number: f"s{number}.ts"),
        "/a.m3u8": http_answers.whole(master),
    }
    camera = http_camera(answers, login=login, digest=True)
    times = [frame.time or 0.0 for frame in islice(frames_of(parse_source(camera.url("/a.m3u8"))), 45)]
    assert times == sorted(times)
    assert times[-1] - times[0] == pytest.approx(4.4)  # 45 frames: more than the first playlist's three segments
    assert camera.requests.count("/live.m3u8") > 1


@pytest.mark.parametrize(
    "line",
    [
        "file://{victim}", "data:video/mp2t;base64,R0AAEA==", "concat:{victim}|{victim}",
        "subfile,,start,0,end,0,,:{victim}",
        "crypto+file://{victim}", "rtp://127.0.0.1:5004", "tcp://127.0.0.1:{port}", "redirected.ts",
        '#EXT-X-KEY:METHOD=AES-128,URI="file://{victim}"\nsecret.ts', '#EXT-X-MAP:URI="file://{victim}"\nsecret.ts',
    ],
)  # fmt: skip
def test_hostile_playlists_open_nothing_else(
    http_camera: Callable[..., Any], http_answers: ModuleType, tmp_path: Path, line: str
) -> None:
    victim = tmp_path / "victim.ts"
    victim.write_bytes(http_answers.segments(1)[0])
    camera = http_camera({"/redirected.ts": http_answers.redirect(f"file://{victim}")})
    camera.answers["/a.m3u8"] = http_answers.sliding(lambda _: line.format(victim=victim, port=camera.port))
    camera.answers["/secret.ts"] = http_answers.whole(victim.read_bytes())
    refused(parse_source(camera.url("/a.m3u8")))


def test_a_playlist_whose_segments_are_playlists_ends(
    http_camera: Callable[..., Any], http_answers: ModuleType
) -> None:
    camera = http_camera({"/a.m3u8": http_answers.sliding(lambda _: "b.ts")})
    camera.answers["/b.ts"] = http_answers.sliding(lambda _: "b.ts")
    refused(parse_source(camera.url("/a.m3u8")))


@pytest.mark.parametrize(
    ("name", "told"),
    [("/nowhere.m3u8", "no stream under this path"), ("/text.m3u8", "no video stream"), ("/gone.m3u8", "is gone")],
)
def test_hls_that_fails(http_camera: Callable[..., Any], http_answers: ModuleType, name: str, told: str) -> None:
    answers = {
        "/text.m3u8": http_answers.whole(b"no playlist\n" * 100),
        "/gone.m3u8": http_answers.sliding(lambda number: f"s{number}.ts"),
    }
    camera = http_camera(answers)
    assert told in refused(parse_source(camera.url(name, LOGIN)))


@pytest.mark.rtsp
def test_rtsps(rtsp_server: Callable[..., Any], make_clip: Callable[..., Path], certificate: Path,
               monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    server = rtsp_server(make_clip(), login=LOGIN, pem=certificate)
    assert sizes(parse_source(server.url())) == {(160, 120)}
    assert "certificate cannot be verified" in refused(parse_source(server.url(), tls=TlsTrust.VERIFY))
    assert "refuses the login" in refused(parse_source(server.url(login=("admin", "wrong"))), AccessRefused, HASTY)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert sizes(parse_source(server.url(), tls=TlsTrust.VERIFY)) == {(160, 120)}


def test_a_plain_camera_is_not_taken_for_one_over_tls(
    http_camera: Callable[..., Any], http_answers: ModuleType
) -> None:
    camera = http_camera({"/video": http_answers.multipart()})
    refused(parse_source(camera.url("/video").replace("http:", "https:")))
    refused(parse_source(camera.url("/a.m3u8").replace("http:", "https:")))


@pytest.mark.parametrize(
    ("text", "told"), [("device:99", "there is no such device"), ("device:/dev/null", "is no camera")]
)
def test_devices_that_are_none(text: str, told: str) -> None:
    assert refused(parse_source(text)) == f"{parse_source(text).label}: {told}"


@pytest.mark.parametrize("text", ["test:pattern", "file:clip.mp4"])
def test_what_is_no_camera_is_not_connected_to(text: str) -> None:
    assert "is no camera to connect to" in refused(parse_source(text, must_exist=False))


def test_what_ffmpeg_is_told_of_a_device() -> None:
    request = open_request(parse_source("device:3?size=1280x720&fps=30&format=mjpeg"), 1.0, 1.0)
    assert (request.address, request.form) == ("/dev/video3", "v4l2")
    asked = {"video_size": "1280x720", "framerate": "30", "input_format": "mjpeg"}
    assert request.options.items() >= asked.items()


@pytest.mark.parametrize("text", ["http://cam/x", "https://cam/x", "http://cam/x.m3u8", "rtsps://cam/x", "device:0"])
def test_no_kind_may_read_files_by_url(text: str) -> None:
    request = open_request(parse_source(text), 1.0, 1.0)
    allowed = set(request.options["protocol_whitelist"].split(","))
    assert text == "device:0" or not allowed & {"file", "data", "concat", "subfile", "ftp", "pipe", "fd"}
    assert "lavfi" not in request.options.get("format_whitelist", "")


def test_nothing_of_an_opened_camera_stays(http_camera: Callable[..., Any], http_answers: ModuleType,
                                           wait_for: Callable[[Callable[[], object]], None]) -> None:  # fmt: skip
    camera = http_camera({"/video": http_answers.multipart()})
    before = threading.active_count()
    assert sizes(parse_source(camera.url("/video"))) == {(160, 120)}
    wait_for(lambda: threading.active_count() <= before)  # the server's thread sees that we hung up
