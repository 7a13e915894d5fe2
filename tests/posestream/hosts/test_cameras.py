from pathlib import Path

import pytest
from pydantic import SecretStr

from ingest.source import Source, SourceKind, parse_source
from posestream.config import CameraConfig, Config
from posestream.hosts.cameras import configured_camera, plain_camera

RTSP = "rtsp://user:secret@10.0.0.7/stream2"


def config_of(**urls: str) -> Config:
    return Config(cameras=tuple(CameraConfig(id=name, url=SecretStr(url)) for name, url in urls.items()))


def test_a_source_that_no_config_speaks_of() -> None:
    camera = plain_camera(Source(SourceKind.RTSP, RTSP, "rtsp://10.0.0.7/stream2"), "10.0.0.7")
    assert (camera.id, camera.zones, camera.lines, camera.privacy) == ("10.0.0.7", (), (), ())
    assert camera.url.get_secret_value() == RTSP
    assert "secret" not in repr(camera)


@pytest.mark.parametrize(
    ("urls", "source", "found"),
    [
        ({}, "a.mp4", None),
        ({"only": RTSP}, "a.mp4", "only"),  # the only camera is applied to everything
        ({"one": "file:a.mp4", "two": "file:b.mp4"}, "b.mp4", "two"),
        ({"one": "file:a.mp4", "two": "./b.mp4"}, "file:{here}/b.mp4", "two"),
        ({"one": "file:a.mp4", "two": "file:gone.mp4"}, "b.mp4", None),
        ({"one": RTSP, "two": "file:b.mp4"}, RTSP, "one"),
        ({"one": RTSP, "two": "file:b.mp4"}, "rtsp://10.0.0.7/other", None),
        ({"one": "dir:.", "two": "file:b.mp4"}, "{here}", "one"),
        ({"one": "http://x/y", "two": "file:b.mp4"}, "b.mp4", "two"),  # what cannot be read is not ours to tell
    ],
)
def test_which_camera_a_source_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, urls: dict[str, str], source: str, found: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.mp4", "b.mp4"):
        Path(name).touch()
    camera = configured_camera(config_of(**urls), parse_source(source.format(here=tmp_path)))
    assert (camera and camera.id) == found
