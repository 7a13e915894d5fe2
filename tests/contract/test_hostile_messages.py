"""Whatever lies in a topic: a reader gives an event or says Unreadable; it never fails and never takes much memory."""

import base64
import json
import math
import random
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posestream.messaging.alert_message import read_alert
from posestream.messaging.control_message import read_control
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.events import event_headers, read_poses, read_tracks
from posestream.messaging.frame_message import read_frame
from posestream.messaging.headers import unpacked
from posestream.messaging.health_message import read_health
from posestream.messaging.proto import events_pb2 as pb
from posestream.messaging.unreadable import Unreadable

Message = tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]
Read = Callable[..., object]
READERS: dict[str, Read] = {
    "frame": read_frame,
    "poses": read_poses,
    "tracks": read_tracks,
    "alert": read_alert,
    "health": read_health,
    "control": read_control,
}
GOLDEN = sorted((Path(__file__).parents[1] / "golden" / "v1").glob("*.json"))
TIMES = 300
each_reader = pytest.mark.parametrize("kind", READERS)


def good_messages(kind: str) -> list[Message]:
    """Give the golden messages of a kind: right ones, to be spoilt."""
    files = [json.loads(path.read_text(encoding="utf-8")) for path in GOLDEN]
    return [
        (
            base64.b64decode(file["key"]),
            base64.b64decode(file["value"]),
            [(name, text.encode()) for name, text in file["headers"].items()],
        )
        for file in files
        if file["kind"] == kind
    ]


def refused(read: Read, message: Message) -> bool:
    """Read a message; all but an event or Unreadable fails the test. The dead letter of it must be readable."""
    key, value, headers = message
    reason = None
    try:
        read(key, value, headers)
    except Unreadable as error:
        reason = error.reason
    if reason is None:
        return False
    assert 0 < len(reason) <= 300
    assert reason.isprintable()
    letter = DeadLetter(reason, "test", "topic", 0, 0, key, value, headers)
    assert unpacked(letter.message_headers()[:7])["reason"] == reason
    return True


@each_reader
def test_nothing_at_all(kind: str) -> None:
    for headers in (None, [], {}):
        with pytest.raises(Unreadable):
            READERS[kind](None, None, headers)


@each_reader
def test_the_messages_that_are_spoilt_below_are_good(kind: str) -> None:
    assert good_messages(kind)
    assert [refused(READERS[kind], message) for message in good_messages(kind)].count(True) == 0


texts = st.one_of(st.none(), st.binary(max_size=40), st.sampled_from([b"../../x", b"1", b"-1", b"nan", b"9" * 30]))


@each_reader
@settings(max_examples=TIMES, deadline=None)
@given(data=st.data())
def test_random_bytes(kind: str, data: st.DataObject) -> None:
    names = st.sampled_from(["schema_version", "camera", "codec", "ce_type", "ce_specversion", "epoch", "x"])
    headers = data.draw(st.lists(st.tuples(names, texts), max_size=8))
    key, value = data.draw(texts), data.draw(st.one_of(st.none(), st.binary(max_size=400)))
    refused(READERS[kind], (key, value, headers))
    good = good_messages(kind)[0]
    refused(READERS[kind], (good[0], value, good[2]))


@each_reader
def test_every_truncation(kind: str) -> None:
    """A value cut short is told, unless the cut leaves a message that has all that it needs."""
    for key, value, headers in good_messages(kind):
        lengths = range(len(value or b"")) if len(value or b"") < 600 else range(0, len(value or b""), 7)
        for length in lengths:
            told = refused(READERS[kind], (key, (value or b"")[:length], headers))
            assert told or kind in {"frame", "poses", "tracks"}


@each_reader
def test_flipped_bytes(kind: str) -> None:
    chance = random.Random(kind)  # noqa: S311  # a test's dice
    told = 0
    for key, value, headers in good_messages(kind):
        if not value:
            continue
        for _ in range(400):
            spoilt = bytearray(value)
            for _ in range(chance.choice([1, 1, 2, 8, 40])):
                spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
            told += refused(READERS[kind], (key, bytes(spoilt), headers))
    assert told or kind == "frame"


@each_reader
def test_each_header_missing_doubled_or_spoilt(kind: str) -> None:
    hostile = [None, b"", b"\xff\xfe", b"2", b"\0", b"../../etc/passwd", b"-1", b"1e999", b"9" * 400, b"x" * 5000]
    for key, value, headers in good_messages(kind):
        for place, (name, text) in enumerate(headers):
            before, after = headers[:place], headers[place + 1 :]
            refused(READERS[kind], (key, value, before + after))
            refused(READERS[kind], (key, value, [*headers, (name, text)]))
            for bad in hostile:
                refused(READERS[kind], (key, value, [*before, (name, bad), *after]))
        assert refused(READERS[kind], (key, value, headers + [("x", b"")] * 100))


@each_reader
@pytest.mark.parametrize(
    "camera", ["", "..", "../../x", "a/b", "a\0", "a\n", "\u00e4", " ", "a" * 65, "worker/a/b/c/d"]
)
def test_hostile_names(kind: str, camera: str) -> None:
    for key, value, headers in good_messages(kind):
        if key != b"lobby":
            continue
        name = camera.encode()
        if kind in {"poses", "tracks"}:
            message: Any = pb.Poses() if kind == "poses" else pb.Tracks()
            message.ParseFromString(value or b"")
            (message if kind == "poses" else message.poses).stamp.camera = camera
            changed = message.SerializeToString()
        elif kind == "frame":
            changed = value or b""
        else:
            changed = json.dumps(json.loads(value or b"{}") | {"camera": camera}).encode()
        named = [(field, name if field == "camera" else text) for field, text in headers]
        assert refused(READERS[kind], (name, changed, named))
        assert refused(READERS[kind], (name, value, headers))


numbers = st.one_of(st.floats(width=32), st.sampled_from([math.nan, math.inf, -math.inf, 3e38, -3e38, 1e30]))


@settings(max_examples=TIMES, deadline=None)
@given(persons=st.integers(0, 3), tracks=st.integers(0, 3), fill=numbers, data=st.data())
def test_arrays_of_any_numbers_and_lengths(persons: int, tracks: int, fill: float, data: st.DataObject) -> None:
    def some(count: int) -> list[float]:
        return [fill] * max(0, count + data.draw(st.sampled_from([0, 0, 0, 0, 1, -1, 100])))

    poses = pb.Poses(
        stamp=pb.Stamp(
            camera="lobby",
            epoch=data.draw(st.integers(0, 2**64 - 1)),
            frame_index=data.draw(st.integers(0, 2**64 - 1)),
            pts_seconds=data.draw(st.floats()),
            captured_at_ns=data.draw(st.integers(-(2**63), 2**63 - 1)),
            time_source=data.draw(st.integers(0, 3)),
            width=data.draw(st.integers(0, 2**32 - 1)),
            height=data.draw(st.integers(0, 2**32 - 1)),
        ),
        skeleton=data.draw(st.sampled_from(["coco17", "coco17", "", "\u00f6"])),
        keypoints=some(persons * 34),
        keypoint_scores=some(persons * 17),
        boxes=some(persons * 4),
        scores=some(persons),
        keypoints_3d=data.draw(st.sampled_from([[], some(persons * 51)])),
        appearance=data.draw(st.binary(max_size=8)),
        timings_ms={data.draw(st.text(max_size=3)): fill},
    )
    message = pb.Tracks(
        poses=poses,
        track_ids=data.draw(st.lists(st.integers(0, 2**64 - 1), min_size=tracks, max_size=tracks)),
        pose_indices=data.draw(st.lists(st.integers(-3, 3), max_size=3)),
        keypoints=some(tracks * 34),
        keypoint_scores=some(tracks * 17),
        boxes=some(tracks * 4),
        velocities=some(tracks * 2),
        ages_seconds=some(tracks),
        states=data.draw(st.binary(max_size=3)),
    )
    refused(read_poses, (b"lobby", poses.SerializeToString(), dict(event_headers())))
    refused(read_tracks, (b"lobby", message.SerializeToString(), dict(event_headers())))


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", ["alert", "health", "control"])
@settings(max_examples=TIMES, deadline=None)
@given(data=st.data())
def test_fields_of_any_json(kind: str, data: st.DataObject) -> None:
    for key, value, headers in good_messages(kind):
        content = json.loads(value or b"{}")
        for name in data.draw(st.lists(st.sampled_from(sorted(content)), max_size=3)):
            content[name] = data.draw(json_values)
        refused(READERS[kind], (key, json.dumps(content).encode("utf-8", "surrogatepass"), headers))


def varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out, number = out + bytes([number & 0x7F | 0x80]), number >> 7
    return out + bytes([number])


ABSURD = {
    "a length beyond the message": b"\x2a" + varint(2**31 - 1) + b"\0\0\0\0",
    "a length beyond 64 bits": b"\x2a" + b"\xff" * 10,
    "groups that are never closed": b"\x0b" * 200_000,
    "messages within messages": b"\x0a\x02" * 200_000,
    "a million persons": b"\x42" + varint(4 * 240_000) + struct.pack("<f", 1.0) * 240_000,
    "a million stages": b"".join(
        b"\x5a" + bytes([len(n) + 2]) + b"\x0a" + bytes([len(n)]) + n for n in (str(i).encode() for i in range(60_000))
    ),
    "much that nobody asked for": b"\xa2\x06" + varint(900_000) + bytes(900_000),
}


@pytest.mark.parametrize("name", ABSURD)
@pytest.mark.parametrize("read", [read_poses, read_tracks])
def test_absurd_sizes_take_no_memory(name: str, read: Read) -> None:
    tracemalloc.start()
    try:
        assert refused(read, (b"lobby", ABSURD[name], dict(event_headers())))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 16_000_000
