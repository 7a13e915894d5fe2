import pytest
from pydantic import SecretStr, ValidationError

from posestream.config import CameraConfig


def test_defaults() -> None:
    camera = CameraConfig(id="a", url=SecretStr("x"))
    assert (camera.fps, camera.width, camera.zones, camera.lines, camera.privacy) == (5.0, 640, (), (), ())


def test_the_url_is_not_shown() -> None:
    camera = CameraConfig(id="a", url=SecretStr("rtsp://u:canary@h"))
    assert "canary" not in f"{camera} {camera!r} {camera.model_dump()} {camera.model_dump_json()}"


def test_a_camera_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        CameraConfig(id="a", url=SecretStr("x")).fps = 1.0
