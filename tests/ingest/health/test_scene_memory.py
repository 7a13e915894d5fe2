import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.health.scene_memory import LEARN_SECONDS, RELEARN_SECONDS, SceneMemory

Luma = NDArray[np.uint8]


def scene(seed: int) -> Luma:
    """A place of its own: boxes of many sizes."""
    rng = np.random.default_rng(seed)
    place = np.full((90, 160), 100, np.uint8)
    for _ in range(50):
        left, top = rng.integers(0, 160), rng.integers(0, 90)
        place[top : top + rng.integers(4, 30), left : left + rng.integers(4, 30)] = rng.integers(20, 230)
    return place


def known(place: Luma, seconds: int = 60) -> SceneMemory:
    memory = SceneMemory()
    for second in range(seconds):
        memory.likeness(place, float(second))
    return memory


def test_the_scene_that_is_known() -> None:
    assert known(scene(1)).likeness(scene(1), 60.0) == 1.0


@pytest.mark.parametrize("seed", range(2, 8))
def test_another_scene(seed: int) -> None:
    assert known(scene(1)).likeness(scene(seed), 60.0) < 0.3


@pytest.mark.parametrize("gain", [0.3, 0.6, 1.1])
def test_light_matters_little_from_wherever_it_comes(gain: float) -> None:
    light = gain * np.linspace(0.6, 1.0, 160)
    assert known(scene(1)).likeness(np.asarray(np.clip(scene(1) * light, 0, 255), np.uint8), 60.0) > 0.9


def test_what_covers_a_part_takes_that_part() -> None:
    covered = scene(1)
    covered[:, :80] = 50
    assert known(scene(1)).likeness(covered, 60.0) == pytest.approx(0.5, abs=0.15)


def test_plain_pictures_are_no_scene_and_nothing_is_learnt_of_them() -> None:
    plain = np.full((90, 160), 100, np.uint8)
    memory = SceneMemory()
    assert [memory.likeness(plain, second) for second in range(100)] == [1.0] * 100
    memory = known(scene(1))
    likeness = [memory.likeness(plain, 60.0 + second) for second in range(2 * int(RELEARN_SECONDS))]
    assert max(likeness) < 0.2
    assert memory.likeness(scene(1), 60.0 + 2 * RELEARN_SECONDS) == 1.0


def test_before_it_has_seen_a_scene_for_seconds_it_knows_none() -> None:
    memory = SceneMemory()
    memory.likeness(scene(1), 0.0)
    assert memory.likeness(scene(2), LEARN_SECONDS - 0.1) == 1.0
    assert memory.likeness(scene(3), LEARN_SECONDS + 0.1) < 0.5


def test_a_new_scene_becomes_the_known_one_once_it_has_lasted() -> None:
    memory = known(scene(1))
    seconds = 60.0 + np.arange(RELEARN_SECONDS + 3.0)
    likeness = [memory.likeness(scene(2), float(at)) for at in seconds]
    assert max(likeness[: int(RELEARN_SECONDS)]) < 0.3
    assert likeness[-1] == 1.0
    assert memory.likeness(scene(1), float(seconds[-1]) + 1.0) < 0.3


def test_scenes_that_come_and_go_become_no_known_one() -> None:
    memory = known(scene(1))
    for second in range(2 * int(RELEARN_SECONDS)):
        memory.likeness(scene(2 + second // 60), 60.0 + second)
    assert memory.likeness(scene(1), 60.0 + 2 * RELEARN_SECONDS) == 1.0


def test_one_who_walks_by_is_forgotten() -> None:
    memory = SceneMemory()
    for second in range(120):
        look = scene(1)
        cv2.ellipse(look, (second * 13 % 200 - 20, 50), (12, 45), 0, 0, 360, 20, -1)
        memory.likeness(look, float(second))
    assert memory.likeness(scene(1), 120.0) > 0.95
