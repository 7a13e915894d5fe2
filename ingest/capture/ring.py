"""A ring of slots between one writer and one reader: the writer never waits, what is too old is overwritten.

Each slot bears the number of what it holds, 0 while it is written. The reader copies a slot and looks at the number
again: if it is another one by then, or the head's checksum is wrong, the slot was overwritten meanwhile and is lost.
"""

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

LAYOUTS = ("i420", "rgb24", "h264", "hevc", "mjpeg", "mpeg4", "av1", "vp8", "vp9")
_HEAD: list[Any] = [
    ("round", "i8"),
    ("index", "i8"),
    ("arrived_ns", "i8"),
    ("arrived_at", "f8"),
    ("pts_seconds", "f8"),
    ("stream_seconds", "f8"),
    ("start_realtime_us", "i8"),
    ("width", "i8"),
    ("height", "i8"),
    ("image_width", "i8"),
    ("image_height", "i8"),
    ("layout", "i8"),
    ("keyframe", "i8"),
    ("size", "i8"),
]
_HEAD_LAYOUT = np.dtype(_HEAD)
_SLOT_LAYOUT = np.dtype([("number", "i8"), ("head", _HEAD_LAYOUT), ("checksum", "i8")])
_PUBLISHED_BYTES = 64
_PAGE = 4096


@dataclass(frozen=True)
class Captured:
    """What is known of one picture or access unit when it leaves its reader.

    ``round`` rises with each connect and each round of a clip; ``index`` counts from 0 within it. ``arrived_ns`` UTC
    nanoseconds and ``arrived_at`` seconds of the monotonic clock: when it was here. ``pts_seconds`` rises from 0;
    ``stream_seconds`` is its own timestamp, NaN where it has none; ``start_realtime_us``: UTC microseconds of
    timestamp 0 by the camera's clock, 0 if it does not tell. ``width``, ``height``: of the camera's frame;
    ``image_*``: of what is in the slot; ``layout``: of its pixels, or its codec.
    """

    round: int
    index: int
    arrived_ns: int
    arrived_at: float
    pts_seconds: float
    stream_seconds: float
    start_realtime_us: int
    width: int
    height: int
    image_width: int
    image_height: int
    layout: str
    keyframe: bool


@dataclass(frozen=True)
class Taken:
    """One thing taken from a ring: its number, head and payload (a copy), and how many before it were lost."""

    number: int
    captured: Captured
    payload: Bytes
    lost: int


def ring_bytes(slots: int, slot_bytes: int) -> int:
    """Give the bytes that a ring needs."""
    return _PAGE + slots * _slot_size(slot_bytes)


class Ring:
    """Slots over memory that was zero at first; one writer, one reader, in one process or two."""

    def __init__(self, memory: memoryview, slots: int, slot_bytes: int) -> None:
        self._published = np.frombuffer(memory, np.int64, count=1)
        self._slots, self._slot_bytes = slots, slot_bytes
        self._heads: list[Any] = []
        self._payloads: list[Bytes] = []
        for slot in range(slots):
            start = _PAGE + slot * _slot_size(slot_bytes)
            self._heads.append(np.frombuffer(memory, _SLOT_LAYOUT, count=1, offset=start)[0])
            self._payloads.append(np.frombuffer(memory, np.uint8, count=slot_bytes, offset=start + _PAGE))

    @property
    def published(self) -> int:
        """Number of the newest thing, counting from 1; 0 before the first."""
        return int(self._published[0])

    def write(self, captured: Captured, payload: Bytes) -> bool:
        """Publish a picture or access unit, over the oldest one; False if it is larger than a slot."""
        if payload.size > self._slot_bytes:
            return False
        number = self.published + 1
        place = (number - 1) % self._slots
        slot = self._heads[place]
        slot["number"] = 0
        self._payloads[place][: payload.size] = payload.reshape(-1)
        for name in _HEAD_LAYOUT.names or ():
            slot["head"][name] = payload.size if name == "size" else _stored(captured, name)
        slot["checksum"] = _checksum(slot)
        slot["number"] = number
        self._published[0] = number
        return True

    def newest(self, after: int) -> Taken | None:
        """Take the newest thing if it is newer than number ``after``, else None; what lies between is lost."""
        for _ in range(self._slots):  # a slot may be overwritten meanwhile; a broken writer's never makes sense
            if (number := self.published) <= after:
                break
            taken = self._take(number, number - after - 1)
            if taken is not None:
                return taken
        return None

    def next(self, after: int) -> Taken | None:
        """Take what follows number ``after`` and was not overwritten yet; None if there is nothing."""
        number = after + 1
        while number <= (published := self.published):
            number = max(number, published - self._slots + 1)
            taken = self._take(number, number - after - 1)
            if taken is not None:
                return taken
            number += 1
        return None

    def _take(self, number: int, lost: int) -> Taken | None:
        place = (number - 1) % self._slots
        slot = self._heads[place]
        head = slot["head"].copy()
        checksum = int(slot["checksum"])
        size = int(head["size"])
        if int(slot["number"]) != number or not 0 <= size <= self._slot_bytes or not 0 <= head["layout"] < len(LAYOUTS):
            return None
        payload = self._payloads[place][:size].copy()
        if int(slot["number"]) != number or _checksum({"head": head}) != checksum:
            return None
        return Taken(number, _captured(head), payload, lost)


def _slot_size(slot_bytes: int) -> int:
    return _PAGE + (slot_bytes + _PAGE - 1) // _PAGE * _PAGE


def _stored(captured: Captured, name: str) -> Any:  # noqa: ANN401  # nanoseconds are no float
    return LAYOUTS.index(captured.layout) if name == "layout" else getattr(captured, name)


def _captured(head: Any) -> Captured:  # noqa: ANN401  # a numpy record
    values = {name: head[name].item() for name in _HEAD_LAYOUT.names or () if name != "size"}
    return Captured(**values | {"layout": LAYOUTS[values["layout"]], "keyframe": bool(values["keyframe"])})


def _checksum(slot: Any) -> int:  # noqa: ANN401  # a numpy record
    return zlib.crc32(slot["head"].tobytes())
