import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posestream.messaging.frame_message import MOST_BYTES, check_camera, frame_headers, read_frame
from posestream.messaging.unreadable import Unreadable
from posestream.schemas import FrameStamp, TimeSource

RawOf = Callable[..., Any]


@pytest.mark.parametrize(
    ("codec", "payload"), [("none", b""), ("jpeg", b"\xff\xd8"), ("h264", b"\0\0\1"), ("av1", b"x")]
)
@pytest.mark.parametrize("keyframe", [True, False])
def test_there_and_back(stamp: FrameStamp, raw: RawOf, codec: str, payload: bytes, keyframe: bool) -> None:
    headers = raw(frame_headers(stamp, codec, keyframe=keyframe))
    message = read_frame(b"lobby", payload, headers)
    assert (message.stamp, message.codec, message.keyframe, message.payload) == (stamp, codec, keyframe, payload)
    assert repr(message) == f"FrameMessage(lobby/0/7, {codec}, {len(payload)} bytes)"


def test_no_picture_may_have_no_value(stamp: FrameStamp) -> None:
    assert read_frame(b"lobby", None, frame_headers(stamp, "none", keyframe=False)).payload == b""


@given(
    st.builds(
        FrameStamp,
        camera_id=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", fullmatch=True),
        epoch=st.integers(0, 2**63 - 1),
        frame_index=st.integers(0, 2**63 - 1),
        pts_seconds=st.floats(allow_nan=False, allow_infinity=False),
        captured_at_ns=st.integers(-(2**63) + 1, 2**63 - 1),
        time_source=st.sampled_from(TimeSource),
        width=st.integers(1, 16_384),
        height=st.integers(1, 16_384),
    )
)
def test_every_stamp_comes_back_exactly(stamp: FrameStamp) -> None:
    headers = frame_headers(stamp, "jpeg", keyframe=True)
    assert read_frame(stamp.camera_id.encode(), b"x", headers).stamp == stamp


HEADERS = [
    ("schema_version", "2", "schema_version '2': this posestream reads 1"),
    ("codec", "raw", "codec 'raw' is none that is read"),
    ("codec", "none", "codec 'none' with 1 bytes of picture"),
    ("camera", "", "camera '?' is no id: wanted 1 to 64 letters, digits and _ . -"),
    ("camera", "../x", "camera '../x' is no id: wanted 1 to 64 letters, digits and _ . -"),
    ("camera", "x" * 65, f"camera '{'x' * 40}' is no id: wanted 1 to 64 letters, digits and _ . -"),
    ("camera", "hall", "key b'lobby' is not the camera 'hall'"),
    ("epoch", "-1", f"header 'epoch': wanted a whole number from 0 to {2**63 - 1}, got '-1'"),
    ("epoch", str(2**63), f"header 'epoch': wanted a whole number from 0 to {2**63 - 1}, got '{2**63}'"),
    ("frame_index", "x", f"header 'frame_index': wanted a whole number from 0 to {2**63 - 1}, got 'x'"),
    ("pts_seconds", "nan", "header 'pts_seconds': wanted a finite number, got nan"),
    ("pts_seconds", "1e999", "header 'pts_seconds': wanted a finite number, got inf"),
    ("pts_seconds", "soon", "headers of the frame: could not convert string to float: 'soon'"),
    ("time_source", "sun", "headers of the frame: 'sun' is not a valid TimeSource"),
    ("width", "0", "header 'width': wanted a whole number from 1 to 16384, got '0'"),
    ("height", "16385", "header 'height': wanted a whole number from 1 to 16384, got '16385'"),
    ("keyframe", "yes", "header 'keyframe': wanted 0 or 1, got 'yes'"),
]


@pytest.mark.parametrize(("name", "text", "reason"), HEADERS, ids=range(len(HEADERS)))
def test_headers_of_no_frame(stamp: FrameStamp, raw: RawOf, name: str, text: str, reason: str) -> None:
    headers = raw(frame_headers(stamp, "jpeg", keyframe=True), **{name: text})
    with pytest.raises(Unreadable, match=f"^{re.escape(reason)}$"):
        read_frame(b"lobby", b"x", headers)


@pytest.mark.parametrize(
    "name",
    [name for name, _ in frame_headers(FrameStamp("a", 0, 0, 0, 0, TimeSource.FILE, 1, 1), "jpeg", keyframe=True)],
)
def test_every_header_is_needed(stamp: FrameStamp, raw: RawOf, name: str) -> None:
    headers = raw(frame_headers(stamp, "jpeg", keyframe=True), **{name: None})
    with pytest.raises(Unreadable, match=f"^header '{name}' is missing$"):
        read_frame(b"lobby", b"x", headers)


@pytest.mark.parametrize("value", [None, b""])
def test_a_picture_that_is_not_there(stamp: FrameStamp, value: bytes | None) -> None:
    with pytest.raises(Unreadable, match=r"^codec 'jpeg' with 0 bytes of picture$"):
        read_frame(b"lobby", value, frame_headers(stamp, "jpeg", keyframe=True))


def test_the_largest_picture(stamp: FrameStamp) -> None:
    headers = frame_headers(stamp, "jpeg", keyframe=True)
    assert len(read_frame(b"lobby", bytes(MOST_BYTES), headers).payload) == MOST_BYTES
    with pytest.raises(Unreadable, match=r"^a frame of 4194305 bytes: at most 4194304 are read$"):
        read_frame(b"lobby", bytes(MOST_BYTES + 1), headers)


@pytest.mark.parametrize("camera", ["a", "Lobby-2_b.c", "0", "a..b", "x" * 64])
def test_ids_of_cameras(camera: str) -> None:
    check_camera(camera.encode(), camera)


@pytest.mark.parametrize(
    "camera", ["", ".", "..", "../../etc/passwd", "a/b", "a b", "a\n", "\u00e4", "-a", "a\0", "x" * 65]
)
def test_what_is_no_id(camera: str) -> None:
    with pytest.raises(Unreadable, match="is no id"):
        check_camera(camera.encode(), camera)


@pytest.mark.parametrize(
    ("key", "shown"), [(None, "none"), (b"", "b''"), (b"\xff", r"b'\xff'"), (b"LOBBY", "b'LOBBY'")]
)
def test_a_key_that_is_not_the_camera(key: bytes | None, shown: str) -> None:
    with pytest.raises(Unreadable, match=f"^key {re.escape(shown)} is not the camera 'lobby'$"):
        check_camera(key, "lobby")


def test_a_frame_of_another_camera_is_not_let_through(stamp: FrameStamp) -> None:
    headers = frame_headers(replace(stamp, camera_id="hall"), "none", keyframe=False)
    with pytest.raises(Unreadable, match="is not the camera 'hall'"):
        read_frame(b"lobby", None, headers)
