"""Object keypoint similarity."""

import numpy as np
import pytest

from posestream.skeletons import COCO17, SKELETONS, Skeleton
from postprocess.oks import compare, compared_joints, oks_matrix

SIGMAS = np.array(COCO17.sigmas)


def skeleton(x: float, y: float) -> np.ndarray:
    """A body of 40 x 160 px whose joints lie on a grid."""
    steps = np.arange(17)
    return np.stack([x + steps % 3 * 20, y + steps // 3 * 32], axis=1).astype(np.float32)


def oks(a: np.ndarray, b: np.ndarray, scores_a: np.ndarray, scores_b: np.ndarray, area: float = 6400) -> np.ndarray:
    return oks_matrix(a, scores_a, b, scores_b, np.full(len(a), area), COCO17.sigmas, 0.2)


def by_definition(a: np.ndarray, b: np.ndarray, seen: np.ndarray, area: float) -> float:
    squares = ((a - b) ** 2).sum(axis=1)
    return float(np.exp(-squares / (2 * area * (2 * SIGMAS) ** 2))[seen].mean())


def test_nobody_is_like_nobody() -> None:
    nobody, none = np.zeros((0, 17, 2), np.float32), np.zeros((0, 17), np.float32)
    assert oks(nobody, nobody, none, none).shape == (0, 0)
    assert oks(nobody, skeleton(0, 0)[None], none, np.ones((1, 17), np.float32)).shape == (0, 1)


@pytest.mark.parametrize("shift", [0.0, 3.0, 12.0])
def test_it_is_what_coco_defines(shift: float) -> None:
    a, b = skeleton(0, 0), skeleton(shift, shift / 2)
    sure = np.ones((1, 17), np.float32)
    wanted = by_definition(a, b, np.ones(17, bool), 6400)
    np.testing.assert_allclose(oks(a[None], b[None], sure, sure), [[wanted]], rtol=1e-5)


def test_only_joints_seen_in_both_count() -> None:
    a, b = skeleton(0, 0), skeleton(4, 0)
    b[:10] += 500
    scores = np.ones((1, 17), np.float32)
    scores_b = scores.copy()
    scores_b[0, :10] = 0.1
    wanted = by_definition(a, b, np.arange(17) >= 10, 6400)
    np.testing.assert_allclose(oks(a[None], b[None], scores, scores_b), [[wanted]], rtol=1e-5)


@pytest.mark.parametrize(("common", "alike"), [(3, False), (4, True)])
def test_four_common_joints_are_needed(common: int, alike: bool) -> None:
    a = skeleton(0, 0)[None]
    scores = np.zeros((1, 17), np.float32)
    scores[0, :common] = 0.9
    assert oks(a, a, scores, np.ones((1, 17), np.float32))[0, 0] == float(alike)


def test_far_pairs_are_not_computed() -> None:
    people = np.stack([skeleton(0, 0), skeleton(60, 0), skeleton(900, 0)])
    sure = np.ones((3, 17), np.float32)
    pairs = compare(people, sure, people, sure, np.full(3, 6400.0), COCO17.sigmas, 0.2)
    assert (0, 2) not in set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    assert (0, 1) in set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    matrix = oks(people, people, sure, sure)
    assert matrix[0, 2] == 0.0
    np.testing.assert_array_equal(np.diag(matrix), np.ones(3))


def test_the_area_is_that_of_the_first() -> None:
    a, b, sure = skeleton(0, 0)[None], skeleton(8, 0)[None], np.ones((1, 17), np.float32)
    assert oks(a, b, sure, sure, 25600)[0, 0] > oks(a, b, sure, sure, 6400)[0, 0]


@pytest.mark.parametrize("its", SKELETONS.values(), ids=list(SKELETONS))
def test_joints_compared_are_those_of_coco(its: Skeleton) -> None:
    compared = compared_joints(its)
    names = np.array(its.keypoints)[compared.rows].tolist()
    assert set(names) == set(its.keypoints) & set(COCO17.keypoints)
    assert list(compared.sigmas) == [COCO17.sigmas[COCO17.index(name)] for name in names]
