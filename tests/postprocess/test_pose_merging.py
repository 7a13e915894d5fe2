import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.skeletons import COCO17, SKELETONS
from postprocess.decoders import DecodedPoses
from postprocess.pose_merging import NEAR, average_poses, longer_sides, merge_poses, mirror_poses

Array = NDArray[np.float32]
SEEDS = st.integers(0, 2**32 - 1)


def crowd(seed: int, persons: int, joints: int = 17, metres: bool = False) -> DecodedPoses:
    chance = np.random.default_rng(seed)
    keypoints = chance.uniform(0, 100, (persons, joints, 2)).astype(np.float32)
    keypoints += np.arange(persons, dtype=np.float32)[:, None, None] * 500  # far from each other
    return DecodedPoses(
        keypoints=keypoints,
        keypoint_scores=chance.uniform(0.1, 1, (persons, joints)).astype(np.float32),
        boxes=np.concatenate([keypoints.min(axis=1), keypoints.max(axis=1)], axis=1),
        scores=chance.uniform(0.1, 1, persons).astype(np.float32),
        keypoints_3d=chance.normal(0, 1, (persons, joints, 3)).astype(np.float32) if metres else None,
    )


def moved(found: DecodedPoses, by: tuple[float, float], scores: float | None = None) -> DecodedPoses:
    corner = np.array(by, np.float32)
    keypoint_scores = found.keypoint_scores if scores is None else np.full_like(found.keypoint_scores, scores)
    boxes = found.boxes + np.tile(corner, 2)
    return DecodedPoses(found.keypoints + corner, keypoint_scores, boxes, found.scores, found.keypoints_3d)


# --- mirror_poses


@pytest.mark.parametrize("name", SKELETONS)
@pytest.mark.parametrize("metres", [False, True])
def test_mirrored_twice_is_as_before(name: str, metres: bool) -> None:
    skeleton = SKELETONS[name]
    found = crowd(1, 3, len(skeleton.keypoints), metres)
    again = mirror_poses(mirror_poses(found, 2000, skeleton), 2000, skeleton)
    for field in ("keypoints", "keypoint_scores", "boxes", "scores", *(["keypoints_3d"] if metres else [])):
        assert np.abs(getattr(again, field) - getattr(found, field)).max() < 1e-3


def test_left_becomes_right_and_the_far_edge_the_near_one() -> None:
    found = crowd(2, 1, metres=True)
    turned = mirror_poses(found, 640, COCO17)
    left, right = COCO17.index("left_wrist"), COCO17.index("right_wrist")
    assert turned.keypoints[0, left].tolist() == [640 - found.keypoints[0, right, 0], found.keypoints[0, right, 1]]
    assert turned.keypoint_scores[0, left] == found.keypoint_scores[0, right]
    x1, y1, x2, y2 = found.boxes[0]
    assert turned.boxes[0].tolist() == [640 - x2, y1, 640 - x1, y2]
    assert turned.keypoints_3d is not None
    assert found.keypoints_3d is not None
    assert turned.keypoints_3d[0, left].tolist() == (found.keypoints_3d[0, right] * [-1, 1, 1]).tolist()
    assert mirror_poses(crowd(3, 0), 640, COCO17).scores.shape == (0,)


# --- average_poses


@given(seed=SEEDS, persons=st.integers(0, 4))
def test_the_mean_of_a_look_with_itself_is_that_look(seed: int, persons: int) -> None:
    found = crowd(seed, persons)
    mean = average_poses(found, found, longer_sides(found.boxes))
    for field in ("keypoints", "keypoint_scores", "boxes", "scores"):
        assert np.allclose(getattr(mean, field), getattr(found, field), atol=1e-3)
        assert getattr(mean, field).dtype == np.float32


@given(seed=SEEDS, x=st.floats(-3, 3), y=st.floats(-3, 3))
def test_two_looks_that_err_as_much_either_way_are_right_together(seed: int, x: float, y: float) -> None:
    found = crowd(seed, 2)
    mean = average_poses(moved(found, (x, y), 0.5), moved(found, (-x, -y), 0.5), longer_sides(found.boxes))
    assert np.abs(mean.keypoints - found.keypoints).max() < 1e-3
    assert np.abs(mean.boxes - found.boxes).max() < 1e-3
    assert mean.keypoint_scores.tolist() == pytest.approx(np.full((2, 17), 0.5))


def test_the_surer_place_pulls_more() -> None:
    found = crowd(4, 1)
    mean = average_poses(moved(found, (0, 0), 0.9), moved(found, (4, 0), 0.3), longer_sides(found.boxes))
    assert np.abs(mean.keypoints - found.keypoints - [1, 0]).max() < 1e-3
    assert mean.keypoint_scores[0].tolist() == pytest.approx([0.6] * 17)


@pytest.mark.parametrize(("first", "second", "by"), [(0.8, 0.3, 0.0), (0.3, 0.8, 1.0)])
def test_of_two_opinions_the_surer_counts_for_half(first: float, second: float, by: float) -> None:
    found = crowd(5, 1)
    far = float(longer_sides(found.boxes)[0]) * NEAR * 1.1
    mean = average_poses(moved(found, (0, 0), first), moved(found, (far, 0), second), longer_sides(found.boxes))
    assert np.abs(mean.keypoints - found.keypoints - [far * by, 0]).max() < 1e-3
    assert mean.keypoint_scores[0].tolist() == pytest.approx([0.4] * 17)


def test_joints_that_neither_look_saw_lie_in_the_middle() -> None:
    found = crowd(6, 1)
    mean = average_poses(moved(found, (0, 0), 0.0), moved(found, (2, 0), 0.0), longer_sides(found.boxes))
    assert np.abs(mean.keypoints - found.keypoints - [1, 0]).max() < 1e-3
    assert mean.keypoint_scores.max() == 0


# --- merge_poses


def test_who_is_in_both_looks_is_there_once() -> None:
    found = crowd(7, 3)
    first, second = found.rows(np.array([0, 1])), moved(found, (2, 0), 0.5).rows(np.array([2, 1]))
    merged = merge_poses(moved(first, (0, 0), 0.5), second, COCO17, 0.7)
    assert len(merged.scores) == 3
    assert np.abs(merged.keypoints[0] - found.keypoints[1] - [1, 0]).max() < 1e-3  # the mean comes first
    assert np.array_equal(merged.keypoints[1], found.keypoints[0])
    assert np.abs(merged.keypoints[2] - found.keypoints[2] - [2, 0]).max() < 1e-3


@given(seed=SEEDS, persons=st.integers(0, 5))
def test_two_like_looks_make_one(seed: int, persons: int) -> None:
    found = crowd(seed, persons)
    order = np.random.default_rng(seed).permutation(persons)
    merged = merge_poses(found, found.rows(order), COCO17, 0.7)
    assert sorted(merged.scores.tolist()) == pytest.approx(sorted(found.scores.tolist()))


@pytest.mark.parametrize("counts", [(0, 0), (0, 2), (2, 0)])
def test_a_look_that_saw_nobody_changes_nothing(counts: tuple[int, int]) -> None:
    one, other = (crowd(8, count) for count in counts)
    merged = merge_poses(one, other, COCO17, 0.7)
    assert merged.keypoints.shape == (sum(counts), 17, 2)
    assert sorted(merged.scores.tolist()) == sorted([*one.scores.tolist(), *other.scores.tolist()])
