import traceback
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from ingest.container import guarded, open_file, open_picture
from ingest.deadlines import LiveDeadlines
from ingest.opening import open_live
from ingest.source import parse_source
from posestream.errors import AccessRefused, InputError

NASTY = "p@s:s/#?%w"


def all_text(error: BaseException | None) -> str:
    """Everything that a traceback or a debugger could show of an error and of those behind it."""
    if error is None:
        return ""
    lines = traceback.format_exception(error)
    return "".join([*lines, repr(error), all_text(error.__context__), all_text(error.__cause__)])


@pytest.mark.parametrize(
    ("mode", "kind", "text"),
    [
        ("401", AccessRefused, "refuses the login"),
        ("403", AccessRefused, "refuses the login"),
        ("404", InputError, "no stream under this path"),
        ("454", InputError, "refuses the request"),
        ("503", InputError, "error of its own"),
        ("close", InputError, "cannot be re|closed the connection|no video stream"),
        ("hole", InputError, "no answer in time"),
    ],
)
def test_a_camera_that_fails_is_told_without_its_password(
    fake_camera: Callable[[str], int], mode: str, kind: type[InputError], text: str
) -> None:
    source = parse_source(f"rtsp://admin:{NASTY}@127.0.0.1:{fake_camera(mode)}/live")
    with pytest.raises(kind, match=text) as caught:
        open_live(source, LiveDeadlines(open_s=1.0, first_frame_s=1.0, next_frame_s=1.0))
    shown = all_text(caught.value)
    assert "\n" not in str(caught.value)
    assert source.label in str(caught.value)
    for secret in (NASTY, "p%40s", "admin"):
        assert secret not in shown


def test_nothing_of_pyavs_error_is_kept() -> None:
    def fail() -> None:
        raise av.error.InvalidDataError(1, "bad", f"rtsp://admin:{NASTY}@cam/live")

    with pytest.raises(InputError) as caught:
        guarded(fail, "rtsp://cam/live", camera=True)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("content", [b"", b"plain text\n" * 500, b"\x89PNG\r\n", bytes(range(256)) * 40])
@pytest.mark.parametrize("name", ["x.mp4", "x.txt", "x.avi", "x.jpg"])
def test_what_is_no_video_is_told(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a video or picture that can be read"):
        open_file(path, str(path))


def test_playlists_never_open_other_files(make_clip: Callable[..., Path], tmp_path: Path) -> None:
    clip = make_clip("victim.ts", codec="libx264")
    playlists = {
        "hls.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:2,\n{clip.name}\n#EXT-X-ENDLIST\n",
        "concat.mp4": f"ffconcat version 1.0\nfile {clip.name}\n",
        "concat.txt": f"ffconcat version 1.0\nfile {clip.name}\n",
        "sdp.mp4": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    }
    for name, text in playlists.items():
        path = tmp_path / name
        path.write_text(text)
        for opened in (open_file, open_picture):
            with pytest.raises(InputError):
                opened(path, name)


@pytest.mark.parametrize("name", ["my clip.mp4", "ünïcode.mp4", "50%d.mp4", "http:x.mp4", "a|b.mp4"])
def test_odd_file_names_are_only_names(make_clip: Callable[..., Path], name: str) -> None:
    path = make_clip("plain.mp4", frames=3)
    odd = path.rename(path.with_name(name))
    with open_file(odd, name) as container:
        assert container.streams.video[0].frames == 3


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        open_file(tmp_path / "no.mp4", "no.mp4")
