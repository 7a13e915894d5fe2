"""The colours of persons."""

import numpy as np
import pytest

from inference.appearance import BINS, SURE, describe
from posestream.skeletons import COCO17, SKELETONS, Skeleton
from postprocess.appearance import REGIONS, looks_alike
from postprocess.skeleton_conversion import convert

RED, NAVY, BLACK, WHITE = (200, 30, 30), (30, 30, 90), (20, 20, 20), (235, 235, 235)
Colour = tuple[int, int, int]


def person(picture: np.ndarray, left: int, shirt: Colour, trousers: Colour) -> np.ndarray:
    """Paint a person 40 x 120 px and give its joints (17, 2)."""
    picture[20:70, left : left + 40] = shirt
    picture[70:140, left : left + 40] = trousers
    at = dict.fromkeys(COCO17.keypoints, (left + 20.0, 20.0))
    for side, x in (("left", left + 35.0), ("right", left + 5.0)):
        at |= {f"{side}_shoulder": (x, 25.0), f"{side}_hip": (x, 70.0)}
        at |= {f"{side}_knee": (x, 105.0), f"{side}_ankle": (x, 138.0)}
    return np.array([at[name] for name in COCO17.keypoints], np.float32)


def seen(*clothes: tuple[Colour, Colour], light: float = 1.0, noise: float = 0.0) -> np.ndarray:
    picture = np.full((160, 60 * max(len(clothes), 1), 3), 120, np.uint8)
    joints = [person(picture, 60 * index + 10, *pair) for index, pair in enumerate(clothes)]
    random = np.random.default_rng(1)
    picture = np.clip(picture * light + random.normal(0, noise, picture.shape), 0, 255).astype(np.uint8)
    keypoints = np.array(joints, np.float32).reshape(-1, 17, 2)
    return describe(picture, keypoints, np.ones(keypoints.shape[:2], np.float32))


def test_nobody_has_no_looks() -> None:
    assert seen().shape == (0, REGIONS * BINS)
    assert seen().dtype == np.uint8


def test_each_region_sums_to_about_255() -> None:
    sums = seen((RED, NAVY), (BLACK, WHITE), noise=8).reshape(-1, BINS).sum(axis=1, dtype=int)
    assert sums.shape == (4,)
    assert (abs(sums - 255) < BINS / 2).all()


def test_the_same_clothes_are_alike_and_others_are_not() -> None:
    looks = seen((RED, NAVY), (BLACK, BLACK), (RED, NAVY), (WHITE, BLACK), noise=6)
    alike = looks_alike(looks, looks)
    assert alike[0, 2] > 0.95
    assert max(alike[0, 1], alike[1, 2]) < 0.3
    assert alike[1, 3] == pytest.approx(0.5, abs=0.1)
    assert alike[0, 3] < 0.3


def test_a_little_less_light_changes_little() -> None:
    clothes = [(RED, NAVY), (BLACK, WHITE)]
    alike = looks_alike(seen(*clothes, noise=4), seen(*clothes, light=0.85, noise=4))
    assert (np.diag(alike) > 0.75).all()
    assert alike[0, 1] < 0.3


def test_regions_of_unsure_joints_are_zeros() -> None:
    picture = np.full((160, 60, 3), 120, np.uint8)
    keypoints = person(picture, 10, RED, NAVY)[None]
    names = COCO17.keypoints

    def regions(*unsure: str) -> list[bool]:
        scores = np.array([[SURE - 0.01 if name in unsure else 0.9 for name in names]], np.float32)
        return describe(picture, keypoints, scores).reshape(REGIONS, BINS).any(axis=1).tolist()

    assert regions() == [True, True]
    assert regions("left_shoulder") == [False, True]
    assert regions("left_knee") == [True, True]
    assert regions("left_knee", "right_knee") == [True, False]
    assert regions("left_hip", "right_hip") == [False, False]


@pytest.mark.parametrize("shift", [(-500, 0), (500, 0), (0, -500), (0, 500), (1e9, -1e9)])
def test_outside_of_the_picture_nothing_is_seen(shift: tuple[float, float]) -> None:
    picture = np.full((160, 60, 3), 120, np.uint8)
    keypoints = person(picture, 10, RED, NAVY)[None] + np.array(shift, np.float32)
    assert not describe(picture, keypoints, np.ones((1, 17), np.float32)).any()


def test_half_outside_counts_what_is_inside() -> None:
    picture = np.full((160, 60, 3), 120, np.uint8)
    keypoints = person(picture, 10, RED, NAVY)[None]
    inside = describe(picture, keypoints, np.ones((1, 17), np.float32))
    cut = describe(picture[:, :30].copy(), keypoints, np.ones((1, 17), np.float32))
    assert looks_alike(inside, cut)[0, 0] > 0.95


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=list(SKELETONS))
def test_every_skeleton_shows_the_same_clothes(skeleton: Skeleton) -> None:
    picture = np.full((160, 60, 3), 120, np.uint8)
    keypoints, scores = person(picture, 10, RED, NAVY)[None], np.ones((1, 17), np.float32)
    looks = describe(picture, *convert(keypoints, scores, COCO17, skeleton), skeleton)
    np.testing.assert_array_equal(looks, describe(picture, keypoints, scores))


def test_skeleton_without_hips_has_no_looks() -> None:
    face = Skeleton("face", ("nose", "chin"), (0.1, 0.1), ())
    looks = describe(np.zeros((9, 9, 3), np.uint8), np.ones((2, 2, 2), np.float32), np.ones((2, 2), np.float32), face)
    assert looks.shape == (2, REGIONS * BINS)
    assert not looks.any()
