from pathlib import Path

import pytest

from ingest.source import Source, SourceKind, TlsTrust, camera_id_from, camera_source, parse_source
from posestream.config import CameraConfig
from posestream.errors import InputError, UsageError

NASTY = "p@s:s/#?%w"


@pytest.mark.parametrize(
    ("text", "address", "label"),
    [
        ("rtsp://cam/live", "rtsp://cam/live", "rtsp://cam/live"),
        ("RTSPS://cam:322/live", "rtsps://cam:322/live", "rtsps://cam:322/live"),
        ("rtsp://u:p@10.0.0.7/s2", "rtsp://u:p@10.0.0.7/s2", "rtsp://10.0.0.7/s2"),
        (f"rtsp://u:{NASTY}@cam/s", "rtsp://u:p%40s%3As%2F%23%3F%25w@cam/s", "rtsp://cam/s"),
        ("rtsp://cam/s?user=u&password=pw1", "rtsp://cam/s?user=u&password=pw1", "rtsp://cam/s?user=***&password=***"),
        (
            "rtsp://cam/user=u_password=pw1_c=1",
            "rtsp://cam/user=u_password=pw1_c=1",
            "rtsp://cam/user=***_password=***_c=1",
        ),
    ],
)
def test_cameras_are_read_and_their_labels_hold_no_secret(text: str, address: str, label: str) -> None:
    source = parse_source(text)
    assert (source.kind, source.address, source.label) == (SourceKind.RTSP, address, label)
    assert source.is_live
    assert source.is_remote
    assert address not in repr(source) or address == label
    assert NASTY not in repr(source)


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "http://u:secret1@cam:x/x", "https:cam", "http://",
        "ftp://u:secret1@cam/x", "concat:a.mp4|b.mp4", "subfile:,,start,0,end,9,,:a.mp4", "data:,AA",
        "device:", "device:/etc/passwd", "device:/dev/../etc/passwd", "device:0?size=1", "device:0?format=raw",
        "device:0?colour=1", "test:", "test:people", "test:bars?fps=0", "test:bars?size=99999x2", "tcp://cam:1",
        "playlist.m3u8", "file:list.ffconcat", "rtsp:cam", "rtsp://", "rtsp://cam:99999999/x",
        "rtsp://u:secret1@/x", "rtsp://[::1/x", "rtsp://u:secret1@cam/a b",
    ],
)  # fmt: skip
def test_everything_else_is_wrong_usage_in_one_line_without_the_secret(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_source(text)
    assert "\n" not in str(caught.value)
    assert "secret1" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "kind", "label", "name"),
    [
        ("http://cam/video", SourceKind.MJPEG, "http://cam/video", "cam"),
        ("HTTPS://u:p@cam:8443/video.mjpg", SourceKind.MJPEG, "https://cam:8443/video.mjpg", "cam"),
        (f"http://u:{NASTY}@cam/v", SourceKind.MJPEG, "http://cam/v", "cam"),
        ("http://cam/v?channel=2&token=abc", SourceKind.MJPEG, "http://cam/v?channel=2&token=***", "cam"),
        ("http://cam/v?sig=abc&b64#frag", SourceKind.MJPEG, "http://cam/v?sig=***&***", "cam"),
        ("https://cam/live/a.m3u8?t=abc", SourceKind.HLS, "https://cam/live/a.m3u8?t=***", "cam"),
        ("http://cam/A.M3U8", SourceKind.HLS, "http://cam/A.M3U8", "cam"),
        ("device:0", SourceKind.DEVICE, "device:/dev/video0", "video0"),
        ("device:/dev/video2?size=1280x720", SourceKind.DEVICE, "device:/dev/video2", "video2"),
        (
            "device:/dev/v4l/by-id/usb-A_1-index0",
            SourceKind.DEVICE,
            "device:/dev/v4l/by-id/usb-A_1-index0",
            "usb-A_1-index0",
        ),
        ("test:pattern", SourceKind.TEST, "test:pattern", "test-pattern"),
        ("Test:bars?fps=5&size=64x48", SourceKind.TEST, "test:bars", "test-bars"),
    ],
)
def test_other_live_sources(text: str, kind: SourceKind, label: str, name: str) -> None:
    source = parse_source(text)
    assert (source.kind, source.label, camera_id_from(source)) == (kind, label, name)
    assert source.is_live
    assert source.is_remote == (kind in {SourceKind.MJPEG, SourceKind.HLS})
    assert source.comes_in_bursts == (kind is SourceKind.HLS)
    assert parse_source(source.address) == source


@pytest.mark.parametrize(
    ("text", "given", "trust"),
    [
        ("rtsps://cam/x", None, TlsTrust.ACCEPT_ANY),
        ("https://cam/x", None, TlsTrust.VERIFY),
        ("rtsps://cam/x", "verify", TlsTrust.VERIFY),
        ("https://cam/x.m3u8", "accept-any", TlsTrust.ACCEPT_ANY),
    ],
)
def test_which_certificates_are_taken(text: str, given: str | None, trust: TlsTrust) -> None:
    camera = CameraConfig.model_validate({"id": "cam", "url": text, "tls": given})
    assert camera_source(camera).tls is trust


def test_files_and_folders_by_prefix_or_path(tmp_path: Path) -> None:
    clip = tmp_path / "a clip 50%d.mp4"
    clip.write_bytes(b"x")
    for text in (str(clip), f"file:{clip}", f"file://{clip}"):
        assert parse_source(text) == Source(SourceKind.FILE, str(clip), str(clip))
        assert not parse_source(text).is_live
    for text in (str(tmp_path), f"dir:{tmp_path}"):
        assert parse_source(text) == Source(SourceKind.FOLDER, str(tmp_path), str(tmp_path))


@pytest.mark.parametrize("text", ["no.mp4", "file:no.mp4", "dir:no", "/dev/null"])
def test_what_is_not_there_is_an_input_error(text: str) -> None:
    with pytest.raises(InputError):
        parse_source(text)


def test_a_folder_given_as_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="dir:"):
        parse_source(f"file:{tmp_path}")


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (Source(SourceKind.FILE, "/x/my clip (1).v2.mp4", "l"), "my-clip-1-.v2"),
        (Source(SourceKind.FILE, "/x/---.mp4", "l"), "camera"),
        (Source(SourceKind.FOLDER, "/x/images/", "l"), "images"),
        (Source(SourceKind.RTSP, "a", "rtsp://10.0.0.7:554/s2"), "10.0.0.7"),
        (Source(SourceKind.RTSP, "a", "rtsp://[fe80::1]/s2"), "fe80-1"),
        (Source(SourceKind.FILE, "/x/" + "n" * 90 + ".mp4", "l"), "n" * 64),
    ],
)
def test_camera_ids_fit_the_config(source: Source, name: str) -> None:
    assert camera_id_from(source) == name
