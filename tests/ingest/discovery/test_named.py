import pytest

from ingest.discovery.named import named_device
from posestream.errors import UsageError


@pytest.mark.parametrize(
    ("text", "host", "url"),
    [
        ("192.0.2.7", "192.0.2.7", "http://192.0.2.7/onvif/device_service"),
        (" cam.local:8000 ", "cam.local", "http://cam.local:8000/onvif/device_service"),
        ("https://cam.local/x/y", "cam.local", "https://cam.local/x/y"),
        ("http://cam.local/", "cam.local", "http://cam.local/onvif/device_service"),
        ("fd00::7", "fd00::7", "http://[fd00::7]/onvif/device_service"),
        ("[fd00::7]:81", "fd00::7", "http://[fd00::7]:81/onvif/device_service"),
    ],
)
def test_forms(text: str, host: str, url: str) -> None:
    answer = named_device(text)
    assert (answer.host, answer.url) == (host, url)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "admin:CANARY@cam",
        "http://admin:CANARY@cam/",
        "rtsp://cam",
        "cam:x",
        "cam:0",
        "a b",
        "[",
        "http://",
        "300.1.1.1",
        "1.2.3",
    ],
)
def test_what_is_no_address_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--host: wanted HOST") as told:
        named_device(text)
    assert "CANARY" not in str(told.value)
