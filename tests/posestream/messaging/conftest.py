"""What the tests of messages share: full poses and tracks, headers as a client gives them, contents to compare."""

import time
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

from posestream.messaging.headers import Headers
from posestream.schemas import Poses, Tracks

Raw = list[tuple[str, bytes | str | None]]


@pytest.fixture
def raw() -> Callable[..., Raw]:
    """``raw(headers, name="changed", gone=None)``: headers as they come from a broker, some of them changed."""

    def make(headers: Headers, **changed: str | None) -> Raw:
        values: dict[str, str | bytes | None] = dict(headers)
        for name, value in changed.items():
            if value is None:
                values.pop(name)
            else:
                values[name] = value
        return [(name, value.encode() if isinstance(value, str) else value) for name, value in values.items()]

    return make


@pytest.fixture
def contents() -> Callable[[Any], Any]:
    """``contents(event)``: all that is in a Poses, Tracks, Alert… as lists, numbers and texts, to compare."""

    def of(value: Any) -> Any:  # noqa: ANN401  # any event and what is in it
        if isinstance(value, np.ndarray):
            return (str(value.dtype), value.shape, value.tolist())
        if is_dataclass(value):
            return {field.name: of(getattr(value, field.name)) for field in fields(value)}
        return dict(value) if isinstance(value, Mapping) else value

    return of


@pytest.fixture
def full_poses(pose_fields: Callable[[int], dict[str, Any]]) -> Callable[[int], Poses]:
    """``full_poses(n)``: every field is set, in three dimensions and with looks, unless there is nobody."""

    def make(persons: int) -> Poses:
        optional = {
            "keypoints_3d": np.linspace(-1, 1, persons * 51, dtype=np.float32).reshape(persons, 17, 3),
            "appearance": (np.arange(persons * 96) % 251).astype(np.uint8).reshape(persons, 96),
        }
        return Poses(
            **pose_fields(persons), timings_ms={"decode": 1.5, "infer": 12.25}, **(optional if persons else {})
        )

    return make


@pytest.fixture
def mixed_tracks(full_poses: Callable[[int], Poses], tracks_of: Callable[..., Tracks]) -> Tracks:
    """Three tracks on two persons: confirmed, tentative, lost."""
    return tracks_of(
        3,
        poses=full_poses(2),
        pose_indices=np.array([1, 0, -1]),
        track_ids=np.array([3, 2**40, 1]),
        states=np.array([1, 0, 2], np.uint8),
        velocities=np.array([[-1.5, 2], [0, 0], [30, -4]], np.float32),
    )


@pytest.fixture
def eventually() -> Callable[..., None]:
    """``eventually(condition)`` returns as soon as the condition holds and fails if it never does."""

    def wait(condition: Callable[[], object], seconds: float = 60.0) -> None:
        ends_at = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends_at, "the condition did not come to hold in time"
            time.sleep(0.02)

    return wait
