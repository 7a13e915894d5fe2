from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from posestream.schemas import FrameStamp, Poses
from posestream.skeletons import COCO17

Make = Callable[[int], dict[str, Any]]
ARRAYS = ["keypoints", "keypoint_scores", "boxes", "scores"]


@pytest.mark.parametrize("inferred", [True, False])
def test_nobody(stamp: FrameStamp, *, inferred: bool) -> None:
    poses = Poses.empty(stamp, COCO17, "test", inferred=inferred)
    assert (len(poses), poses.inferred) == (0, inferred)
    assert [poses.keypoints.shape, poses.keypoint_scores.shape, poses.boxes.shape] == [(0, 17, 2), (0, 17), (0, 4)]
    assert repr(poses) == "Poses(lobby/0/7, 0 persons, coco17, test)"


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_are_read_only(pose_fields: Make, name: str) -> None:
    poses = Poses(**pose_fields(2))
    assert len(poses) == 2
    with pytest.raises(ValueError, match="read-only"):
        getattr(poses, name)[...] = 0


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("persons", [0, 2])
def test_arrays_of_another_type_or_size(pose_fields: Make, name: str, persons: int) -> None:
    fields = pose_fields(persons)
    with pytest.raises(TypeError, match=rf"^Poses\.{name}: wanted float32 array, got float64 array$"):
        Poses(**fields | {name: fields[name].astype(np.float64)})
    longer = np.concatenate([fields[name], fields[name][:1], np.ones((1, *fields[name].shape[1:]), np.float32)])
    with pytest.raises(ValueError, match=r"^Poses\.\w+: wanted shape "):
        Poses(**fields | {name: longer})


@pytest.mark.parametrize("name", ARRAYS)
def test_numbers_that_are_none(pose_fields: Make, name: str) -> None:
    fields = pose_fields(1)
    with pytest.raises(ValueError, match=rf"^Poses\.{name}: wanted finite numbers"):
        Poses(**fields | {name: np.full_like(fields[name], np.nan)})


def test_joints_of_another_skeleton(pose_fields: Make) -> None:
    with pytest.raises(ValueError, match=r"^Poses\.keypoints: wanted shape \(1, 17, 2\), got \(1, 33, 2\)$"):
        Poses(**pose_fields(1) | {"keypoints": np.zeros((1, 33, 2), np.float32)})


@pytest.mark.parametrize(
    ("name", "array", "error"),
    [
        ("keypoints_3d", np.zeros((1, 17, 2), np.float32), ValueError),
        ("keypoints_3d", np.zeros((1, 17, 3)), TypeError),
        ("keypoints_3d", np.full((1, 17, 3), np.inf, np.float32), ValueError),
        ("appearance", np.zeros((2, 8), np.uint8), ValueError),
        ("appearance", np.zeros((1, 8), np.float32), TypeError),
    ],
)
def test_optional_arrays_are_checked_too(
    pose_fields: Make, name: str, array: np.ndarray[Any, Any], error: type[Exception]
) -> None:
    right = {"keypoints_3d": np.zeros((1, 17, 3), np.float32), "appearance": np.zeros((1, 8), np.uint8)}
    poses = Poses(**pose_fields(1) | right)
    for array_name in right:
        assert not getattr(poses, array_name).flags.writeable
    with pytest.raises(error, match=rf"^Poses\.{name}: "):
        Poses(**pose_fields(1) | {name: array})


def test_timings_of_an_untimed_frame_cannot_be_shared_by_mistake(pose_fields: Make) -> None:
    assert dict(Poses(**pose_fields(0)).timings_ms) == {}
    with pytest.raises(TypeError):
        Poses(**pose_fields(0)).timings_ms["decode"] = 1.0  # type: ignore[index]
