from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

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
    "address",
    [
        "rtsp://cam.local:8554/stream2",
        f"rtsp://admin:{ODD.replace(' ', '%20').replace('%', '%25', 1).replace('%25 ', '%25')}@10.0.0.7/stream2",
        "rtsps://u:p@[fe80::1]/stream2",
        "http://u:p@cam/video?resolution=640x480&token=CANARY",
        "https://cam/live.m3u8",
        "rtsp://10.0.0.7/user=admin_password=CANARY_channel=1_stream=1.sdp",
        "device:0?size=1280x720",
        "test:bars?fps=10",
        "file:a b.mp4",
    ],
)
def test_it_is_the_same_source_once_the_variables_are_set(
    address: str, make_seen: Callable[..., Seen], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = parse_source(address, must_exist=False)
    text = config_block(source, facts(make_seen()))
    assert "CANARY" not in text
    assert "C@NARY" not in text
    user, password = ("admin", ODD.replace(" ", "")) if "10.0.0.7/stream2" in address else ("u", "p")
    for line in text.splitlines():
        for word in line.replace(",", " ").split():
            if line.startswith("# set before") and word.endswith(("_USER", "_PASSWORD")):
                monkeypatch.setenv(word, user if word.endswith("_USER") else password)
            elif line.startswith("# set before") and "_SECRET" in word:
                monkeypatch.setenv(word, "admin" if "user=" in address and word.endswith("1") else "CANARY")
    again = read_back(text, tmp_path)
    assert (again.kind, again.label, again.tls) == (source.kind, source.label, source.tls)


def test_secrets_come_back_where_they_were(
    make_seen: Callable[..., Seen], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = parse_source("http://viewer:p%40ss%2F@cam/video?token=CANARY&channel=1")
    text = config_block(source, facts(make_seen()))
    for name, value in (("USER", "viewer"), ("PASSWORD", "p@ss/"), ("SECRET1", "CANARY")):
        assert f"CAM_{name}" in text
        monkeypatch.setenv(f"CAM_{name}", value)
    assert read_back(text, tmp_path).address == source.address


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
