import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from ingest.diagnosis.facts import StreamFacts, facts_of
from ingest.diagnosis.recommended import config_block
from ingest.diagnosis.seen import Seen
from ingest.source import Source, TlsTrust, camera_source, parse_source
from posestream.config import load_config

ODD = "C@NARY:/#?% '\"{}$\u00fc"


def facts(seen: Seen, **changes: object) -> StreamFacts:
    found = facts_of(seen, ())
    assert found is not None
    return replace(found, **changes)  # type: ignore[arg-type]  # names of fields


def read_back(text: str, folder: Path) -> Source:
    """What posestream makes of the block."""
    path = folder / "site.yaml"
    path.write_text(text, encoding="utf-8")
    (camera,) = load_config(path).cameras
    return camera_source(camera, must_exist=False)


@pytest.mark.parametrize(
    ("address", "secrets"),
    [
        ("rtsp://cam.local:8554/stream2", {}),
        (f"rtsp://admin:{quote(ODD, safe='')}@cam/stream2", {"CAM_USER": "admin", "CAM_PASSWORD": ODD}),
        ("rtsps://u:p@[fe80::1]/stream2", {"FE80_1_USER": "u", "FE80_1_PASSWORD": "p"}),
        (
            "http://u:p@10.0.0.7/video?resolution=640x480&token=CANARY",
            {"CAMERA_10_0_0_7_USER": "u", "CAMERA_10_0_0_7_PASSWORD": "p", "CAMERA_10_0_0_7_SECRET1": "CANARY"},
        ),
        ("https://cam/live.m3u8", {}),
        (
            "rtsp://cam/user=admin_password=CANARY_channel=1_stream=1.sdp",
            {"CAM_SECRET1": "admin", "CAM_SECRET2": "CANARY"},
        ),
        ("device:0?size=1280x720", {}),
        ("test:bars?fps=10", {}),
        ("file:a b.mp4", {}),
    ],
)
def test_it_is_the_same_source_once_the_variables_are_set(
    address: str,
    secrets: dict[str, str],
    make_seen: Callable[..., Seen],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = parse_source(address, must_exist=False)
    text = config_block(source, facts(make_seen()))
    assert "NARY" not in text
    assert sorted(re.findall(r"\$\{(\w+)\}", text)) == sorted(secrets)
    assert all(name in text.splitlines()[0] for name in secrets)
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    assert read_back(text, tmp_path) == source


def test_what_is_worth_saying(make_seen: Callable[..., Seen]) -> None:
    source = parse_source("rtsps://10.0.0.7/stream1", tls=TlsTrust.VERIFY)
    text = config_block(source, facts(make_seen(rate=2.0), width=1920, fps_stated=None))
    assert text.splitlines() == [
        "cameras:",
        '  - id: "10.0.0.7"',
        '    url: "rtsps://10.0.0.7/stream1"',
        '    # cheaper, if it works: url: "rtsps://10.0.0.7/stream2"',
        "    tls: verify",
        "    fps: 2",
    ]
