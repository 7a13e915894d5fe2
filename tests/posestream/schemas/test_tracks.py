from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from posestream.schemas import Poses, Tracks, TrackState

Make = Callable[[int], dict[str, Any]]
ARRAYS = {
    "track_ids": np.int64,
    "pose_indices": np.int64,
    "keypoints": np.float32,
    "keypoint_scores": np.float32,
    "boxes": np.float32,
    "velocities": np.float32,
    "ages_seconds": np.float32,
    "states": np.uint8,
}


def int64(*values: int) -> np.ndarray[Any, Any]:
    return np.array(values, np.int64)


def test_nobody(pose_fields: Make) -> None:
    tracks = Tracks.empty(Poses(**pose_fields(2)))
    assert len(tracks) == 0
    assert tracks.confirmed.shape == (0,)
    assert repr(tracks) == "Tracks(lobby/0/7, 0 tracks)"


@pytest.mark.parametrize(("name", "dtype"), ARRAYS.items())
def test_each_array_is_checked_and_read_only(track_fields: Make, name: str, dtype: type[np.generic]) -> None:
    fields = track_fields(2)
    tracks = Tracks(**fields)
    with pytest.raises(ValueError, match="read-only"):
        getattr(tracks, name)[...] = 0
    with pytest.raises(TypeError, match=rf"^Tracks\.{name}: wanted {np.dtype(dtype)} array, got float16 array$"):
        Tracks(**fields | {name: fields[name].astype(np.float16)})
    with pytest.raises(ValueError, match=r"^Tracks\.\w+: wanted shape "):
        Tracks(**fields | {name: fields[name][:1]})


@pytest.mark.parametrize("name", [name for name, dtype in ARRAYS.items() if dtype is np.float32])
def test_numbers_that_are_none(track_fields: Make, name: str) -> None:
    fields = track_fields(1)
    with pytest.raises(ValueError, match=rf"^Tracks\.{name}: wanted finite numbers"):
        Tracks(**fields | {name: np.full_like(fields[name], np.nan)})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"track_ids": int64(4, 4)}, r"^Tracks\.track_ids: wanted unique ids, got \[4, 4\]$"),
        ({"pose_indices": int64(0, 2)}, r"^Tracks\.pose_indices: wanted -1 or rows below 2, got \[0, 2\]$"),
        ({"pose_indices": int64(0, -2)}, r"^Tracks\.pose_indices: wanted -1 or rows below 2, got \[0, -2\]$"),
        ({"pose_indices": int64(0, -1)}, r"^Tracks\.pose_indices: wanted a row for each confirmed track"),
    ],
)
def test_tracks_that_cannot_be(track_fields: Make, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Tracks(**track_fields(2) | changed)


def test_only_confirmed_tracks_are_confirmed(track_fields: Make) -> None:
    states = np.array([TrackState.TENTATIVE, TrackState.CONFIRMED, TrackState.LOST], np.uint8)
    tracks = Tracks(**track_fields(3) | {"states": states, "pose_indices": int64(0, 1, -1)})
    assert tracks.confirmed.tolist() == [False, True, False]
