"""No device exists where these tests run: what FFmpeg is told is shown here, that it is told in test_opening.py."""

import pytest

from ingest.device import DeviceRequest, read_device
from posestream.errors import UsageError


@pytest.mark.parametrize(
    ("text", "request_", "options"),
    [
        ("device:0", DeviceRequest("/dev/video0"), {}),
        ("device:007", DeviceRequest("/dev/video7"), {}),
        ("device:/dev/video2", DeviceRequest("/dev/video2"), {}),
        (
            "device:1?size=1280x720&fps=30&format=mjpeg",
            DeviceRequest("/dev/video1", (1280, 720), 30.0, "mjpeg"),
            {"video_size": "1280x720", "framerate": "30", "input_format": "mjpeg"},
        ),
        ("device:1?fps=12.5", DeviceRequest("/dev/video1", fps=12.5), {"framerate": "12.5"}),
    ],
)
def test_devices(text: str, request_: DeviceRequest, options: dict[str, str]) -> None:
    assert read_device(text) == request_
    assert read_device(text).options == options


@pytest.mark.parametrize(
    "text",
    [
        "device:", "device:-1", "device:1234", "device:video0", "device:/dev", "device:/dev/", "device:/dev/../etc/x",
        "device:/etc/passwd", "device:/dev/a b", "device:http://cam/x", "device:0?format=raw", "device:0?size=big",
    ],
)  # fmt: skip
def test_what_is_no_device_is_told_in_one_line(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_device(text)
    assert "\n" not in str(caught.value)
