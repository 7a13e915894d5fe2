"""The tracker's state of one camera as bytes: compact, exact, read with suspicion.

Layout, little-endian: one byte with the version, the numbers, then each array of the roster: its shape and its
entries. Arrays begin at multiples of 8. What is read equals what was written bit by bit, so a tracker that goes on
from its bytes gives the same answers as one that was never interrupted.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from postprocess.tracking.state import Roster, TrackerState, empty_roster

TRACKER_VERSION = 1
MOST_TRACKER_BYTES = 16_000_000
# Version, whether there was a frame, width, height, epoch, captured_at_ns, next_id, unlooked_seconds, joints.
_HEAD = struct.Struct("<BB2xIIqqqdI")
_SHAPE = struct.Struct("<4I")
_ALIGNED = 8


class UnreadableState(ValueError):
    """Bytes that are no state of this version; the text says why."""


def tracker_to_bytes(state: TrackerState) -> bytes:
    """Give the bytes of a state; equal states give equal bytes."""
    head = _HEAD.pack(
        TRACKER_VERSION,
        state.epoch is not None,
        state.width,
        state.height,
        state.epoch or 0,
        state.captured_at_ns,
        state.next_id,
        state.unlooked_seconds,
        state.roster.joint_scores.shape[1],
    )
    parts = [head]
    for array in _columns(state.roster):
        shape = (*array.shape, *(0,) * (4 - array.ndim))
        data = array.tobytes()
        parts += (_SHAPE.pack(*shape), data, bytes(-len(data) % _ALIGNED))
    return b"".join(parts)


def tracker_from_bytes(data: bytes) -> TrackerState:
    """Give the state that was written.

    Raises:
        UnreadableState: if the bytes are of another version or no state at all.
    """
    if not data or data[0] != TRACKER_VERSION:
        raise UnreadableState(f"version {data[0] if data else 'none'}: this posestream reads {TRACKER_VERSION}")
    if not _HEAD.size <= len(data) <= MOST_TRACKER_BYTES:
        raise UnreadableState(f"{len(data)} bytes: wanted {_HEAD.size} to {MOST_TRACKER_BYTES}")
    _, begun, width, height, epoch, captured_at_ns, next_id, unlooked, joints = _HEAD.unpack_from(data)
    reader = _Reader(data)
    roster = _read_table(empty_roster(0), reader)
    if reader.left:
        raise UnreadableState(f"{reader.left} bytes too many")
    if not (math.isfinite(unlooked) and unlooked >= 0):
        raise UnreadableState(f"{unlooked} seconds without a look")
    _check(roster, joints)
    return TrackerState(epoch if begun else None, captured_at_ns, next_id, unlooked, width, height, roster)


class _Reader:
    """Takes one array after another from the bytes."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, _HEAD.size

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def array(self, like: NDArray[Any]) -> NDArray[Any]:
        """Give the next array, of the type and number of axes of ``like``; it cannot be written to."""
        if self.left < _SHAPE.size:
            raise UnreadableState("the end is missing")
        shape = _SHAPE.unpack_from(self._data, self._at)[: like.ndim]
        count = math.prod(shape)
        size = count * like.itemsize
        begin = self._at + _SHAPE.size
        self._at = begin + size + -size % _ALIGNED
        if self.left < 0:
            raise UnreadableState(f"an array of shape {shape} does not fit into the bytes")
        return np.frombuffer(self._data, like.dtype, count, begin).reshape(shape)


def _columns(table: object) -> Iterator[NDArray[Any]]:
    """Give the arrays of a table and of the tables inside it, in the order of their fields."""
    for field in fields(table):  # type: ignore[arg-type]  # a dataclass of arrays and such dataclasses
        value = getattr(table, field.name)
        if is_dataclass(value):
            yield from _columns(value)
        else:
            yield value


def _read_table(like: Any, reader: _Reader) -> Any:  # noqa: ANN401  # a roster or one of the tables inside it
    values = {}
    for field in fields(like):
        value = getattr(like, field.name)
        values[field.name] = _read_table(value, reader) if is_dataclass(value) else reader.array(value)
    return type(like)(**values)


def _check(roster: Roster, joints: int) -> None:
    """Refuse arrays that do not speak of the same tracks and joints."""
    rows = {array.shape[0] for array in _columns(roster)}
    if len(rows) != 1:
        raise UnreadableState(f"arrays of {sorted(rows)} tracks")
    columns = {roster.joint_scores.shape[1], roster.joints.places.shape[1], roster.joints.hidden_seconds.shape[1]}
    if columns != {joints}:
        raise UnreadableState(f"arrays of {sorted(columns)} joints, not {joints}")
