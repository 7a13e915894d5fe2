"""A frame on its topic: all that is known of it stands in headers, the picture is the value.

Codecs: ``jpeg`` (plane-JPEG at model size), ``h264``, ``hevc`` and the like (one access unit of the camera's stream),
``none`` (no picture: time passes, the camera sends nothing). Key: the camera.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from posestream.messaging.headers import (
    SCHEMA_VERSION,
    Headers,
    RawHeaders,
    check_version,
    needed,
    packed,
    unpacked,
    whole_number,
)
from posestream.messaging.unreadable import Unreadable
from posestream.schemas import FrameStamp, TimeSource

FRAME_VERSION = 1
JPEG, NO_PICTURE = "jpeg", "none"
PACKET_CODECS = frozenset({"h264", "hevc", "mjpeg", "mpeg4", "av1", "vp8", "vp9"})
MOST_BYTES = 4_194_304
MOST_PIXELS_A_SIDE = 16_384
_CAMERA = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_MOST_64 = 2**63 - 1


@dataclass(frozen=True)
class FrameMessage:
    """One message of the frames topic; ``keyframe`` says that decoding may begin here (always for jpeg)."""

    stamp: FrameStamp
    codec: str
    keyframe: bool
    payload: bytes

    def __repr__(self) -> str:
        return f"FrameMessage({self.stamp.event_id}, {self.codec}, {len(self.payload)} bytes)"


def frame_headers(stamp: FrameStamp, codec: str, *, keyframe: bool) -> Headers:
    """Give the headers of a frame."""
    return packed(
        {
            "camera": stamp.camera_id,
            "epoch": str(stamp.epoch),
            "frame_index": str(stamp.frame_index),
            "pts_seconds": repr(stamp.pts_seconds),
            "captured_at_ns": str(stamp.captured_at_ns),
            "time_source": stamp.time_source.value,
            "width": str(stamp.width),
            "height": str(stamp.height),
            "codec": codec,
            "keyframe": "1" if keyframe else "0",
            SCHEMA_VERSION: str(FRAME_VERSION),
        }
    )


def read_frame(key: bytes | None, value: bytes | None, headers: RawHeaders) -> FrameMessage:
    """Give the frame of a message; the picture itself is not decoded.

    Raises:
        Unreadable: if the message is none of ours; the text says why.
    """
    texts = unpacked(headers)
    check_version(texts, FRAME_VERSION)
    payload = value or b""
    codec = needed(texts, "codec")
    if codec not in PACKET_CODECS | {JPEG, NO_PICTURE}:
        raise Unreadable(f"codec '{codec[:40]}' is none that is read")
    if len(payload) > MOST_BYTES:
        raise Unreadable(f"a frame of {len(payload)} bytes: at most {MOST_BYTES} are read")
    if (codec == NO_PICTURE) != (not payload):
        raise Unreadable(f"codec '{codec}' with {len(payload)} bytes of picture")
    stamp = _stamp(texts)
    check_camera(key, stamp.camera_id)
    return FrameMessage(stamp, codec, _flag(texts, "keyframe"), payload)


def check_camera(key: bytes | None, camera_id: str) -> None:
    """Refuse a camera that is no id (it names files and tags), and a key that is not the camera; raises Unreadable."""
    if not _CAMERA.fullmatch(camera_id):
        raise Unreadable(f"camera {camera_id[:40]!r} is no id: wanted 1 to 64 letters, digits and _ . -")
    if key != camera_id.encode():
        shown = "none" if key is None else repr(key[:40])
        raise Unreadable(f"key {shown} is not the camera '{camera_id}'")


def _stamp(texts: Mapping[str, str]) -> FrameStamp:
    try:
        pts_seconds = float(needed(texts, "pts_seconds"))
        time_source = TimeSource(needed(texts, "time_source"))
    except ValueError as exc:
        raise Unreadable(f"headers of the frame: {exc}") from None
    if not math.isfinite(pts_seconds):
        raise Unreadable(f"header 'pts_seconds': wanted a finite number, got {pts_seconds}")
    return FrameStamp(
        camera_id=needed(texts, "camera") or "?",
        epoch=whole_number(texts, "epoch", 0, _MOST_64),
        frame_index=whole_number(texts, "frame_index", 0, _MOST_64),
        pts_seconds=pts_seconds,
        captured_at_ns=whole_number(texts, "captured_at_ns", -_MOST_64, _MOST_64),
        time_source=time_source,
        width=whole_number(texts, "width", 1, MOST_PIXELS_A_SIDE),
        height=whole_number(texts, "height", 1, MOST_PIXELS_A_SIDE),
    )


def _flag(texts: Mapping[str, str], name: str) -> bool:
    text = needed(texts, name)
    if text not in {"0", "1"}:
        raise Unreadable(f"header '{name}': wanted 0 or 1, got '{text[:40]}'")
    return text == "1"
