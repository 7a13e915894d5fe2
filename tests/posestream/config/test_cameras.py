import pytest
from pydantic import SecretStr, ValidationError

from posestream.config import CameraConfig, parse_config
from posestream.errors import ConfigError


def test_defaults() -> None:
    camera = CameraConfig(id="a", url=SecretStr("x"))
    assert (camera.fps, camera.width, camera.zones, camera.lines, camera.privacy) == (5.0, 640, (), (), ())


def test_the_url_is_not_shown() -> None:
    camera = CameraConfig(id="a", url=SecretStr("rtsp://u:canary@h"))
    assert "canary" not in f"{camera} {camera!r} {camera.model_dump()} {camera.model_dump_json()}"


def test_a_camera_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        CameraConfig(id="a", url=SecretStr("x")).fps = 1.0


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("rotate: left", ".rotate: Input should be a valid number, unable to parse string as a number, got 'left'"),
        ("rotate: 360", ".rotate: Input should be less than 360, got 360"),
        ("rotate: 45, dewarp: {}", ": rotate: wanted 0, 90, 180 or 270 with dewarp, whose pan turns the view"),
        ("crop: 0.5", ".crop: wanted a list, got 0.5"),
        ("crop: [0, 0, 1]", ".crop[3]: this key is needed"),
        ("crop: [0, 0, 640, 1]", ".crop[2]: Input should be less than or equal to 1, got 640"),
        ("crop: [0.5, 0, 0.5, 1]", ".crop: wanted [left, top, right, bottom] with left < right and top < bottom"),
    ],
)
def test_a_mistake_in_the_picture_s_correction_is_one_line(keys: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(f"cameras: [{{id: a, url: x, {keys}}}]", "f.yaml", {})
    assert str(caught.value) == f"f.yaml: cameras[0]{message}"


@pytest.mark.parametrize("keys", ["rotate: 0", "rotate: -3.5", "rotate: 270, dewarp: {}", "crop: [0, 0.2, 1, 1]"])
def test_pictures_may_be_corrected(keys: str) -> None:
    assert parse_config(f"cameras: [{{id: a, url: x, {keys}}}]", "f.yaml", {}).cameras
