import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.gate.luma_change import LumaChange

RNG = np.random.default_rng(3)
SCENE = np.kron(RNG.integers(40, 200, (18, 32)), np.ones((5, 5))).astype(np.float64)  # 90 x 160


def look(scene: NDArray[np.float64] = SCENE, noise: float = 1.0) -> NDArray[np.uint8]:
    return (scene + RNG.normal(0, noise, scene.shape)).clip(0, 255).astype(np.uint8)


def settled(noise: float = 1.0) -> LumaChange:
    change = LumaChange()
    for index in range(50):
        change.moves(look(noise=noise), index / 5)
    return change


@pytest.mark.parametrize("noise", [0.3, 1.0, 3.0])
def test_a_still_scene_with_noise_does_not_move(noise: float) -> None:
    change = settled(noise)
    assert not any(change.moves(look(noise=noise), 10 + index / 5) for index in range(100))


def test_the_first_look_and_one_of_another_size_count_as_motion() -> None:
    change = LumaChange()
    assert change.moves(look(), 0.0)
    assert not change.moves(look(), 0.2)
    assert change.moves(look()[:80], 0.4)


def test_somebody_five_pixels_high_is_seen() -> None:
    scene = SCENE.copy()
    scene[40:45, 80:82] -= 60
    assert settled().moves(look(scene), 10.2)


def test_the_light_of_the_whole_picture_is_no_motion() -> None:
    change = settled()
    assert not any(change.moves(look(SCENE + index * 2.0), 10 + index / 5) for index in range(10))


def test_a_clock_at_the_border_is_learnt_and_somebody_elsewhere_is_still_seen() -> None:
    change, found = LumaChange(), []
    for index in range(5 * 120):
        scene = SCENE.copy()
        scene[4:8, 120:124] = 40 + 180 * (index // 5 % 2)
        found.append(change.moves(look(scene), index / 5))
    assert not any(found[-100:])
    scene[50:60, 60:64] = 20
    assert change.moves(look(scene), 121.0)


def test_what_changes_all_the_time_in_much_of_the_picture_is_never_left_out() -> None:
    change = LumaChange()
    for index in range(5 * 120):
        scene = SCENE.copy()
        scene[20:70, 40:120] += 60 * (index % 2)
        moved = change.moves(look(scene), index / 5)
    assert moved
