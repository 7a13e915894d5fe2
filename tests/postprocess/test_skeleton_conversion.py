from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from posestream.skeletons import (
    BLAZEPOSE33,
    BODY25,
    COCO17,
    CROWDPOSE14,
    HALPE26,
    MPII16,
    OPENPOSE18,
    SKELETONS,
    WHOLEBODY133,
    Skeleton,
)
from postprocess.skeleton_conversion import coco17_view, convert

Array = NDArray[np.float32]
WIDTH = 640.0
PAIRS = list(product(SKELETONS.values(), SKELETONS.values()))
EACH_PAIR = pytest.mark.parametrize(("source", "target"), PAIRS, ids=[f"{a.name}-{b.name}" for a, b in PAIRS])
skeletons = st.sampled_from(list(SKELETONS.values()))


@st.composite
def crowds(draw: st.DrawFn, source: Skeleton) -> tuple[Array, Array]:
    """Up to 3 persons: places in a frame (N, K, 2) and scores (N, K), some of them 0."""
    persons, joints = draw(st.integers(0, 3)), len(source.keypoints)
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    places = random.uniform(0, WIDTH, (persons, joints, 2)).astype(np.float32)
    scores = random.uniform(0, 1, (persons, joints)).astype(np.float32)
    unseen = draw(hnp.arrays(np.bool_, (persons, joints), fill=st.booleans()))
    return places, np.where(unseen, np.float32(0), scores)


def body(skeleton: Skeleton, **scores: float) -> tuple[Array, Array]:
    """One person whose joint k stands at (10 k + 1, k + 1), score 0.5 but for those named."""
    steps = np.arange(len(skeleton.keypoints), dtype=np.float32)
    keypoints = np.stack([10 * steps + 1, steps + 1], axis=1)[None]
    return keypoints, np.array([[scores.get(name, 0.5) for name in skeleton.keypoints]], np.float32)


@EACH_PAIR
def test_nobody(source: Skeleton, target: Skeleton) -> None:
    joints = len(source.keypoints)
    places, scores = convert(np.zeros((0, joints, 2), np.float32), np.zeros((0, joints), np.float32), source, target)
    assert places.shape == (0, len(target.keypoints), 2)
    assert scores.shape == (0, len(target.keypoints))
    assert (places.dtype, scores.dtype) == (np.float32, np.float32)


@EACH_PAIR
def test_joints_that_both_have_are_as_they_were_there_and_back(source: Skeleton, target: Skeleton) -> None:
    random = np.random.default_rng(1)
    places = random.uniform(0, WIDTH, (4, len(source.keypoints), 2)).astype(np.float32)
    scores = random.uniform(0, 1, places.shape[:2]).astype(np.float32) * random.integers(0, 2, places.shape[:2])
    there = convert(places, scores.astype(np.float32), source, target)
    back, back_scores = convert(*there, target, source)
    both = [row for row, name in enumerate(source.keypoints) if name in target.keypoints]
    assert len(both) >= 12
    np.testing.assert_array_equal(back[:, both], places[:, both])
    np.testing.assert_array_equal(back_scores[:, both], scores[:, both].astype(np.float32))


@given(st.data(), skeletons, skeletons)
def test_the_mirror_image_is_converted_to_the_mirror_image(
    data: st.DataObject, source: Skeleton, target: Skeleton
) -> None:
    keypoints, scores = data.draw(crowds(source))
    first = convert(*mirrored(keypoints, scores, source), source, target)
    second = mirrored(*convert(keypoints, scores, source, target), target)
    np.testing.assert_allclose(first[0], second[0], atol=1e-3)
    np.testing.assert_array_equal(first[1], second[1])


def mirrored(keypoints: Array, scores: Array, skeleton: Skeleton) -> tuple[Array, Array]:
    twins = list(skeleton.mirrored)
    return np.stack([np.float32(WIDTH) - keypoints[:, twins, 0], keypoints[:, twins, 1]], axis=2), scores[:, twins]


@given(st.data(), skeletons, skeletons)
def test_everything_stands_within_the_person(data: st.DataObject, source: Skeleton, target: Skeleton) -> None:
    keypoints, scores = data.draw(crowds(source))
    places, kept = convert(keypoints, scores, source, target)
    low, high = keypoints.min(axis=1, keepdims=True), keypoints.max(axis=1, keepdims=True)
    assert ((places >= low - 1e-3) & (places <= high + 1e-3)).all()
    assert (kept >= 0).all()
    assert (kept <= scores.max(axis=1, keepdims=True)).all()


@given(st.data(), skeletons, skeletons)
def test_many_at_once_are_as_one_by_one_in_any_order(data: st.DataObject, source: Skeleton, target: Skeleton) -> None:
    keypoints, scores = data.draw(crowds(source))
    together = convert(keypoints, scores, source, target)
    for row in range(len(keypoints)):
        alone = convert(keypoints[row : row + 1], scores[row : row + 1], source, target)
        np.testing.assert_allclose(together[0][row], alone[0][0], rtol=1e-6)
        np.testing.assert_array_equal(together[1][row], alone[1][0])
    reverse = convert(keypoints[::-1], scores[::-1], source, target)
    np.testing.assert_array_equal(reverse[0], together[0][::-1])
    np.testing.assert_array_equal(reverse[1], together[1][::-1])


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=list(SKELETONS))
def test_the_same_skeleton_gives_the_same_arrays(skeleton: Skeleton) -> None:
    keypoints, scores = body(skeleton)
    places, kept = convert(keypoints, scores, skeleton, skeleton)
    assert places is keypoints
    assert kept is scores


@pytest.mark.parametrize(
    ("source", "target", "joint", "of"),
    [
        (COCO17, OPENPOSE18, "neck", ("left_shoulder", "right_shoulder")),
        (COCO17, BODY25, "mid_hip", ("left_hip", "right_hip")),
        (COCO17, MPII16, "thorax", ("left_shoulder", "right_shoulder")),
        (COCO17, MPII16, "pelvis", ("left_hip", "right_hip")),
        (BODY25, MPII16, "pelvis", ("mid_hip", "mid_hip")),
        (MPII16, HALPE26, "mid_hip", ("pelvis", "pelvis")),
        (MPII16, OPENPOSE18, "neck", ("thorax", "thorax")),
        (MPII16, CROWDPOSE14, "head_top", ("head_top", "head_top")),
        (BODY25, HALPE26, "right_small_toe", ("right_small_toe", "right_small_toe")),
        (WHOLEBODY133, BODY25, "left_heel", ("left_heel", "left_heel")),
        (BLAZEPOSE33, WHOLEBODY133, "left_mouth", ("left_mouth", "left_mouth")),
    ],
)
def test_what_is_derived(source: Skeleton, target: Skeleton, joint: str, of: tuple[str, str]) -> None:
    first, second = of
    keypoints, scores = body(source, **{first: 0.75, second: 0.25 if first != second else 0.75})
    places, kept = convert(keypoints, scores, source, target)
    row = target.index(joint)
    a, b = keypoints[0, source.index(first)], keypoints[0, source.index(second)]
    np.testing.assert_array_equal(places[0, row], (a + b) / 2)
    assert kept[0, row] == min(scores[0, source.index(first)], scores[0, source.index(second)])


@pytest.mark.parametrize(
    ("source", "target", "lacking"),
    [
        (COCO17, OPENPOSE18, set()),
        (OPENPOSE18, COCO17, set()),
        (BODY25, COCO17, set()),
        (BLAZEPOSE33, COCO17, set()),
        (HALPE26, COCO17, set()),
        (WHOLEBODY133, COCO17, set()),
        (CROWDPOSE14, COCO17, {"nose", "left_eye", "right_eye", "left_ear", "right_ear"}),
        (MPII16, COCO17, {"nose", "left_eye", "right_eye", "left_ear", "right_ear"}),
        (COCO17, CROWDPOSE14, {"head_top"}),
        (COCO17, MPII16, {"head_top", "upper_neck"}),
        (HALPE26, MPII16, {"upper_neck"}),
    ],
)
def test_what_cannot_be_had(source: Skeleton, target: Skeleton, lacking: set[str]) -> None:
    keypoints, scores = body(source, left_ankle=0)
    places, kept = convert(keypoints, scores, source, target)
    without = {name for name, score in zip(target.keypoints, kept[0], strict=True) if not score}
    assert without == lacking | {"left_ankle"}
    found = keypoints[0, scores[0] > 0].mean(axis=0)
    for name in lacking:
        np.testing.assert_allclose(places[0, target.index(name)], found, rtol=1e-6)


def test_a_joint_not_found_stays_where_it_was_said_to_be() -> None:
    keypoints, scores = body(COCO17, left_shoulder=0)
    places, kept = convert(keypoints, scores, COCO17, BODY25)
    np.testing.assert_array_equal(places[0, BODY25.index("left_shoulder")], keypoints[0, COCO17.index("left_shoulder")])
    # Half of the neck is a guess: all of it is.
    assert kept[0, BODY25.index("neck")] == 0
    np.testing.assert_allclose(
        places[0, BODY25.index("neck")], np.delete(keypoints[0], COCO17.index("left_shoulder"), axis=0).mean(axis=0)
    )


def test_a_person_of_whom_nothing_was_found_keeps_to_its_place() -> None:
    keypoints, scores = body(CROWDPOSE14)
    places, kept = coco17_view(keypoints, scores * 0, CROWDPOSE14)
    assert not kept.any()
    np.testing.assert_allclose(places[0, 0], keypoints[0].mean(axis=0))


def test_a_skeleton_without_any_such_joint() -> None:
    hand = Skeleton("hand", ("left_palm", "right_palm"), (0.1, 0.1), ())
    places, kept = coco17_view(*body(hand), hand)
    assert kept.shape == (1, 17)
    assert not kept.any()
    np.testing.assert_array_equal(places[0], np.full((17, 2), (6.0, 1.5)))


def test_the_view_is_coco() -> None:
    keypoints, scores = body(BLAZEPOSE33)
    places, kept = coco17_view(keypoints, scores, BLAZEPOSE33)
    rows = [0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
    np.testing.assert_array_equal(places, keypoints[:, rows])
    np.testing.assert_array_equal(kept, scores[:, rows])


def test_persons_of_another_skeleton_are_refused() -> None:
    keypoints, scores = body(COCO17)
    with pytest.raises(ValueError, match=r"^wanted keypoints \(1, 18, 2\) and scores \(1, 18\) of openpose18, got"):
        convert(keypoints, scores, OPENPOSE18, COCO17)
    with pytest.raises(ValueError, match=r"got \(1, 17, 2\) and \(1, 16\)$"):
        convert(keypoints, scores[:, 1:], COCO17, BODY25)
