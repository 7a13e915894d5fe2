import json

import pytest

from ingest.discovery.advice import best_profile, camera_ids, config_block, profile_text, reason_of, wanted_fps
from ingest.discovery.facts import DeviceFacts, StreamProfile
from posestream.config.load import parse_config

URL = "rtsp://${CAM_USER}:${CAM_PASSWORD}@10.0.0.7/s"


def stream(name: str, width: int, height: int, fps: float | None = 10.0, url: str | None = URL) -> StreamProfile:
    return StreamProfile(name, "H264", width, height, fps, url)


MAIN, HD, SUB, TINY = (
    stream("main", 2560, 1440, 25),
    stream("hd", 1280, 720, 15),
    stream("sub", 640, 480, 10),
    stream("tiny", 320, 240, 10),
)


@pytest.mark.parametrize(
    ("profiles", "best"),
    [
        ([], None),
        ([stream("none", 640, 480, url=None)], None),
        ([MAIN], "main"),
        ([MAIN, HD, SUB, TINY], "sub"),
        ([MAIN, HD, TINY], "hd"),
        ([TINY, stream("small", 352, 288)], "small"),  # none is wide enough: the largest
        ([MAIN, stream("sub", 640, 480, 25)], "sub"),  # too many are only sampled
        ([MAIN, stream("slow", 640, 480, 1)], "main"),  # too few cannot be made up
        ([stream("fast", 640, 480, 30), SUB], "sub"),
        ([stream("untold", 0, 0), TINY], "tiny"),
        ([stream("untold", 0, 0)], "untold"),
        ([stream("no rate", 640, 360, None), SUB], "no rate"),
    ],
)
def test_the_smallest_that_is_wide_and_quick_enough(profiles: list[StreamProfile], best: str | None) -> None:
    chosen = best_profile(profiles)
    assert (chosen and chosen.name) == best


def test_the_reason_says_what_to_set() -> None:
    assert reason_of(SUB) == "the smallest of at least 640 pixels in width"
    assert "5 to 15 fps would do" in reason_of(MAIN)
    assert "set one to 640" in reason_of(TINY)
    assert "does not tell" in reason_of(stream("untold", 0, 0))


def test_texts() -> None:
    assert profile_text(SUB) == "sub, H264, 640x480, 10 fps"
    assert profile_text(StreamProfile("")) == "without a name, codec not told, size not told, rate not told"
    assert [wanted_fps(stream("x", 1, 1, fps)) for fps in (None, 25, 2.5)] == [5, 5, 2.5]


def test_ids_are_good_and_differ() -> None:
    devices = [
        DeviceFacts("10.0.0.7", "", model="Dome Cam/2"),
        DeviceFacts("10.0.0.7", "", model="Dome Cam/2"),
        DeviceFacts("fd00::7", "", name="..Küche: {x}"),
        DeviceFacts("10.0.0.8", ""),
        DeviceFacts("10.0.0.9", "", model="m" * 80),
    ]
    ids = camera_ids(devices)
    assert ids[:4] == ["Dome-Cam-2-10.0.0.7", "Dome-Cam-2-10.0.0.7-2", "K-che-x-fd00-7", "camera-10.0.0.8"]
    assert camera_ids([]) == []
    block = config_block([(one, device, SUB) for one, device in zip(ids, devices, strict=True)])
    config = parse_config(block, "x", {"CAM_USER": "u", "CAM_PASSWORD": "p"})
    assert [camera.id for camera in config.cameras] == ids


@pytest.mark.parametrize("password", ["p", "a:b@c/d#e ${X} \"'"])
def test_the_block_is_a_config(password: str) -> None:
    device = DeviceFacts("10.0.0.7", "", maker="A: {b} #c", model='"x" - y: [z', name="n")
    block = config_block([("cam", device, stream("- 'q': \"r\" #", 640, 480))])
    config = parse_config(block, "x", {"CAM_USER": "u", "CAM_PASSWORD": password})
    (camera,) = config.cameras
    assert camera.url.get_secret_value() == f"rtsp://u:{password}@10.0.0.7/s"
    assert camera.fps == 5
    assert json.dumps(URL) in block
    assert config_block([]) == ""
