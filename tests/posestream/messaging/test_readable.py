import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from posestream.config import KafkaConfig
from posestream.messaging.alert_message import alert_head, write_alert
from posestream.messaging.control_message import Suspension, control_headers, control_key, write_control
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.events import event_headers, write_poses, write_tracks
from posestream.messaging.frame_message import frame_headers
from posestream.messaging.health_message import WorkerHealth, health_headers, health_key, write_health
from posestream.messaging.message_line import message_line
from posestream.messaging.readable import readable, shown_text, stream_of
from posestream.schemas import Alert, AlertState, FrameStamp, Poses, Severity, Tracks

STREAMS = ["frames", "poses", "tracks", "alerts", "health", "control", "dead-letters"]
Fields = dict[str, Any]


def line(stream: str | None, content: Fields) -> str:
    """Give what stands behind time, key and place."""
    return message_line(stream, "12:00:00.000", "lobby", "2:7", content).removeprefix("12:00:00.000  lobby  2:7  ")


@pytest.mark.parametrize(
    ("topic", "stream"),
    [
        ("posestream.frames", "frames"),
        ("posestream.dead-letters", "dead-letters"),
        ("posestream.other", None),
        ("frames", None),
        ("", None),
        ("changelog__posestream.track--posestream.poses--default", None),
    ],
)
def test_the_stream_of_a_topic(topic: str, stream: str | None) -> None:
    assert stream_of(KafkaConfig(), topic) == stream


@pytest.mark.parametrize("stream", ["poses", "tracks", "alerts", "health", "control"])
def test_no_value_is_a_deletion(stream: str) -> None:
    assert readable(stream, b"lobby", None, None) == {"deleted": True}
    assert line(stream, {"deleted": True}) == "deleted"


def test_an_empty_message_of_any_other_topic() -> None:
    assert readable(None, None, None, None) == {"headers": {}, "bytes": 0, "begins": ""}
    assert line(None, readable(None, None, None, None)) == "0 bytes: "


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("value", [b"", b"\x1b[2J\xff", b"{}", b"\xff" * 1000])
@pytest.mark.parametrize("headers", [None, [("a\x1b", None), ("b", b"\x9b2J")], [("schema_version", b"1")]])
def test_garbage_is_shown_and_harms_no_terminal(stream: str, value: bytes, headers: Any) -> None:  # noqa: ANN401
    content = readable(stream, b"lobby\x1b", value, headers)
    assert content["bytes"] == len(value)
    assert ("unreadable" in content) == (stream != "dead-letters")
    assert line(stream, content).isprintable()
    assert "\x1b" not in json.dumps(content, ensure_ascii=False)


def test_a_frame(stamp: FrameStamp) -> None:
    content = readable("frames", b"lobby", b"12345", frame_headers(stamp, "h264", keyframe=True))
    assert content == {
        "camera": "lobby",
        "epoch": 0,
        "frame_index": 7,
        "pts_seconds": 0.28,
        "captured_at": "2023-11-14T22:13:20.123456Z",
        "time_source": "file",
        "width": 640,
        "height": 360,
        "codec": "h264",
        "keyframe": True,
        "bytes": 5,
    }
    assert line("frames", content) == "0/7 0.280s 640x360  h264 keyframe, 5 bytes"


@pytest.mark.parametrize(
    ("persons", "words"),
    [
        (0, "0 persons"),
        (2, "2 persons: 0.90 [0 0 50 160], 0.50 [100 0 150 160]"),
        (9, None),
    ],
)
def test_poses(pose_fields: Callable[[int], Fields], persons: int, words: str | None) -> None:
    poses = Poses(**pose_fields(persons) | {"timings_ms": {"detect": 1.5}})
    content = readable("poses", b"lobby", write_poses(poses), event_headers())
    assert len(content["persons"]) == persons
    assert content["timings_ms"] == {"detect": 1.5}
    assert "track_id" not in str(content)
    text = line("poses", content)
    if words is None:
        assert text.endswith(", …")
        assert text.count("[") == 6
    else:
        assert text == f"0/7 0.280s 640x360  {words}"


def test_poses_of_a_frame_that_nobody_looked_at(pose_fields: Callable[[int], Fields]) -> None:
    poses = Poses(**pose_fields(0) | {"inferred": False})
    content = readable("poses", b"lobby", write_poses(poses), event_headers())
    assert line("poses", content) == "0/7 0.280s 640x360  not looked at"


def test_tracks_with_a_lost_one(tracks_of: Callable[..., Tracks]) -> None:
    tracks = tracks_of(2, states=np.array([1, 2], np.uint8), pose_indices=np.array([0, -1]))
    content = readable("tracks", b"lobby", write_tracks(tracks), event_headers())
    assert [person["track_id"] for person in content["persons"]] == [1, None]
    assert line("tracks", content) == ("0/7 0.280s 640x360  2 tracks: 1 confirmed [0 0 50 160], 2 lost [100 0 150 160]")


def test_an_alert() -> None:
    alert = Alert(
        id="a1",
        rule="intrusion",
        kind="zone",
        camera_id="lobby",
        epoch=0,
        zone="door",
        line=None,
        track_id=3,
        severity=Severity.WARNING,
        state=AlertState.FIRING,
        started_at_ns=1_700_000_000_000_000_000,
        ended_at_ns=None,
        frame_index=7,
        pts_seconds=0.28,
        value=1.0,
        muted=True,
    )
    content = readable("alerts", b"lobby", write_alert(alert), alert_head(alert, "site"))
    assert (content["epoch"], content["muted"], content["camera"]) == (0, True, "lobby")
    assert line("alerts", content) == (
        "firing warning rule intrusion at door track 3 since 2023-11-14T22:13:20.000000Z muted (a1)"
    )


def test_a_sign_of_life() -> None:
    health = WorkerHealth(
        worker="infer/a", service="infer", state="waiting", reason="models", at_ns=2, started_at_ns=1, beat=3
    )
    content = readable("health", health_key(health).encode(), write_health(health), health_headers(health, "site"))
    assert content["worker"] == "infer/a"
    assert line("health", content) == "waiting: models  beat 3, 0 cameras"


def test_what_somebody_said() -> None:
    said = Suspension(kind="suspension", at_ns=1, by="anna", rule="fall", from_ns=1, until_ns=2)
    content = readable("control", control_key(said).encode(), write_control(said), control_headers(said, "site"))
    assert line("control", content) == "suspension by anna  rule=fall from_ns=1 until_ns=2"


def test_a_dead_letter() -> None:
    letter = DeadLetter("too short", "track", "posestream.poses", 1, 7, b"lobby", b"\0", [("a", b"b")])
    content = readable("dead-letters", b"lobby", letter.message_value(), letter.message_headers())
    assert content["headers"]["original.a"] == "b"
    assert line("dead-letters", content) == "track could not read posestream.poses 1:7: too short (1 bytes: \\x00)"


@pytest.mark.parametrize(
    ("data", "text"),
    [(None, None), (b"", ""), (b"lobby", "lobby"), ("é\n", "é\\n"), (b"\xff\x1b", "\\xff\\x1b"), ("\ud800", "\\ud800")],
)
def test_text_of_anybodys_bytes(data: bytes | str | None, text: str | None) -> None:
    assert shown_text(data) == text
