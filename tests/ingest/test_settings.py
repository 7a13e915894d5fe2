import pytest

from ingest.settings import ReadSettings, settings_of
from posestream.config import CameraConfig
from posestream.errors import UsageError


@pytest.mark.parametrize(
    ("width", "max_width", "source", "fitted"),
    [
        (None, None, (1920, 1080), (1920, 1080)),
        (None, None, (161, 121), (160, 120)),
        (640, None, (1920, 1080), (640, 360)),
        (640, None, (320, 240), (320, 240)),
        (None, 1280, (1920, 1080), (1280, 720)),
        (800, 640, (1920, 1080), (640, 360)),
        (640, None, (768, 576), (640, 480)),
        (641, None, (1000, 333), (640, 212)),
        (64, None, (4000, 4), (64, 2)),
        (None, None, (1, 1), (2, 2)),
    ],
)
def test_sizes_are_even_keep_their_shape_and_never_grow(
    width: int | None, max_width: int | None, source: tuple[int, int], fitted: tuple[int, int]
) -> None:
    assert ReadSettings("cam", width, max_width).fitted_size(*source) == fitted


@pytest.mark.parametrize("wrong", [{"width": 0}, {"max_width": 1}, {"fps": 0.0}, {"fps": -1.0}, {"fps": float("nan")}])
def test_senseless_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        ReadSettings("cam", **wrong)


def test_a_camera_is_read_as_its_config_says() -> None:
    area = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    keys = {"width": 320, "fps": 3, "rotate": 90, "dewarp": {"pan": 30}, "crop": [0, 0, 1, 0.5]}
    camera = CameraConfig.model_validate({"id": "cam", "url": "x", "privacy": [{"polygon": area}], **keys})
    read = settings_of(camera)
    assert read == ReadSettings(
        "cam", 320, None, 3.0, (area,), 90.0, camera.dewarp, (0.0, 0.0, 1.0, 0.5), "process", 512, motion_gate=True
    )
    plain = settings_of(CameraConfig.model_validate({"id": "cam", "url": "x"}))
    assert plain == ReadSettings("cam", 640, fps=5.0, isolation="process", motion_gate=True)
