from pathlib import Path

import pytest
from pydantic import SecretStr

from ingest.plan import CameraPlan, camera_plans
from ingest.settings import ReadSettings
from ingest.source import parse_source
from posestream.config import CameraConfig, Config
from posestream.errors import InputError, UsageError

AREA = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))


def config(url: str) -> Config:
    camera = {"id": "cam", "url": SecretStr(url), "fps": 3, "width": 320, "privacy": [{"polygon": AREA}]}
    return Config(cameras=(CameraConfig.model_validate(camera),))


@pytest.mark.parametrize(("once", "fps"), [(False, 3.0), (True, None)])
def test_a_camera_is_read_as_its_config_says_and_a_recording_once_without_sampling(
    tmp_path: Path, *, once: bool, fps: float | None
) -> None:
    (tmp_path / "clip.mp4").touch()
    url = f"file:{tmp_path / 'clip.mp4'}"
    settings = ReadSettings("cam", width=320, fps=fps, privacy=(AREA,), isolation="process", motion_gate=True)
    assert camera_plans(config(url), once=once) == (CameraPlan(parse_source(url), settings),)


@pytest.mark.parametrize(
    ("given", "once", "kind", "text"),
    [
        (Config(), False, UsageError, "cameras: ingest needs at least one camera in the config"),
        (config("ftp://x"), False, UsageError, "camera 'cam': 'ftp:' is no source"),
        (config("file:nowhere.mp4"), True, InputError, "camera 'cam': nowhere.mp4: there is no such file or folder"),
        (config("rtsp://me:secret@h/x"), True, UsageError, "camera 'cam': rtsp://h/x has no end; --once reads"),
        (config("http://me:secret@h/x"), True, UsageError, "camera 'cam': http://h/x has no end; --once reads"),
        (config("device:0"), True, UsageError, "camera 'cam': device:/dev/video0 has no end; --once reads"),
        (config("test:bars"), True, UsageError, "camera 'cam': test:bars has no end; --once reads"),
    ],
)
def test_a_mistake_names_the_camera_and_no_secret(
    given: Config, kind: type[Exception], text: str, *, once: bool
) -> None:
    with pytest.raises(kind) as caught:
        camera_plans(given, once=once)
    assert str(caught.value).startswith(text)
    assert "secret" not in str(caught.value)


def site(*urls: str) -> Config:
    return Config(cameras=tuple(CameraConfig(id=f"cam{n}", url=SecretStr(url)) for n, url in enumerate(urls)))


def test_a_clip_that_is_not_there_yet_stops_no_other_camera(tmp_path: Path) -> None:
    missing, folder = tmp_path / "later.mp4", tmp_path / "later"
    plans = camera_plans(site("rtsp://h/x", f"file:{missing}", f"dir:{folder}"), once=False)
    assert [plan.settings.camera_id for plan in plans] == ["cam0", "cam1", "cam2"]
    assert [plan.source.label for plan in plans] == ["rtsp://h/x", str(missing), str(folder)]


def test_every_mistake_is_told() -> None:
    with pytest.raises(UsageError, match=r"^camera 'cam0': 'ftp:'.*\ncamera 'cam2': 'smb:'"):
        camera_plans(site("ftp://x", "rtsp://h/x", "smb://y"), once=False)
    with pytest.raises(InputError, match=r"^camera 'cam0': a.mp4: .*\ncamera 'cam1': b.mp4: "):
        camera_plans(site("a.mp4", "b.mp4"), once=False)
    with pytest.raises(InputError, match=r"^camera 'cam0': a.mp4: [^\n]*$"):
        camera_plans(site("a.mp4", "pyproject.toml"), once=True)
