"""Preset 3d with a landmark network that sees a red and a green spot: hips, and the top of its next crop."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.blazepose import RotatedCrops
from inference.models import card_by_name
from inference.network import Network
from inference.runners.runner import FunctionRunner, Tensor
from posestream.clock import SettableClock
from posestream.schemas.checks import Float32
from posestream.skeletons import skeleton_by_name
from postprocess.decoders import DecodedBoxes

SIDE, JOINTS = 480, 33
SKELETON = skeleton_by_name("blazepose33")
CARD = card_by_name("blazepose-full")
Person = tuple[float, float, float, float]
"""x and y of the hips, x and y of the top."""


def box_of(person: Person) -> tuple[float, ...]:
    x, y, top_x, top_y = person
    reach = float(np.hypot(top_x - x, top_y - y))
    return (x - reach, y - reach, x + reach, y + reach)


@dataclass
class Boxes:
    """Stands for a network of boxes: the same for each picture, and how often it was asked."""

    boxes_of_all: list[tuple[float, ...]]
    clock: SettableClock
    card = card_by_name("nanodet")
    asked: list[int] = field(default_factory=list)

    def boxes(self, pictures: Sequence[NDArray[np.uint8]]) -> list[DecodedBoxes]:
        self.asked.append(len(pictures))
        self.clock.advance(0.03)
        boxes = np.array(self.boxes_of_all, np.float32).reshape(-1, 4)
        return [DecodedBoxes(boxes, np.full(len(boxes), 0.8, np.float32)) for _ in pictures]


@dataclass
class Scene:
    """What the detector answers, and the crops that the landmark network was shown."""

    boxes: list[tuple[float, ...]] = field(default_factory=list)
    clock: SettableClock = field(default_factory=SettableClock)
    crops: list[Tensor] = field(default_factory=list)
    doubtful_upright: bool = False

    def answer(self, tensor: Tensor) -> list[Tensor]:
        self.crops.append(tensor)
        self.clock.advance(0.01)
        points = np.zeros((39, 5), np.float32)
        spots = [np.argwhere(tensor[0, ..., colour] > 0.4) + 0.5 for colour in (0, 1)]
        there = all(len(spot) > 0 for spot in spots)
        presence = 0.95 if there else 0.02
        if there:
            hips, top = (spot.mean(axis=0)[::-1] for spot in spots)
            along, aside = np.linspace(0, 1, JOINTS)[:, None], np.sin(np.linspace(0, 4 * np.pi, JOINTS))[:, None] / 3
            points[:JOINTS, :2] = hips + along * (top - hips) + aside * (top - hips)[::-1] * [-1, 1]
            points[JOINTS : JOINTS + 2, :2] = hips, top
            if self.doubtful_upright and (abs(hips[0] - 128) > 3 or abs(top[0] - 128) > 3):
                presence = 0.15
        flat = [points.reshape(1, -1), np.full((1, 1), presence, np.float32), points.reshape(1, -1)[:, :117]]
        return [np.full((1, 64, 64, 39), -9, np.float32), *flat]

    def composition(self) -> tuple[RotatedCrops, Boxes]:
        boxes = Boxes(self.boxes, self.clock)
        landmarks = Network(CARD, FunctionRunner(self.answer))
        return RotatedCrops(None, boxes, landmarks, SKELETON, self.clock), boxes  # type: ignore[arg-type]


def picture(*people: Person) -> NDArray[np.uint8]:
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    for person in people:
        for colour, (x, y) in enumerate((person[:2], person[2:])):
            pixels[int(y) - 3 : int(y) + 3, int(x) - 3 : int(x) + 3, colour] = 255
    return pixels


STANDING: Person = (100, 120, 100, 50)
LYING: Person = (330, 350, 420, 340)


def test_nobody_is_found_where_nobody_is() -> None:
    scene = Scene()
    found = scene.composition()[0].find([picture()], [None])[0]
    assert found.poses.keypoints.shape == (0, JOINTS, 2)
    assert found.following is not None
    assert found.following.shape == (0, 4)
    assert scene.crops == []


def test_each_box_is_looked_at_twice_the_second_time_upright() -> None:
    scene = Scene(boxes=[box_of(STANDING), box_of(LYING)], doubtful_upright=True)
    composition, _ = scene.composition()
    found = composition.find([picture(STANDING, LYING)], [None])[0]
    assert np.abs(found.poses.keypoints[:, [0, -1]].reshape(-1, 4) - [STANDING, LYING]).max() < 1.5
    assert found.poses.scores.tolist() == pytest.approx([0.95, 0.95])
    assert len(scene.crops) == 4
    for crop in scene.crops[2:]:
        red, green = (np.argwhere(crop[0, ..., colour] > 0.4).mean(axis=0) + 0.5 for colour in (0, 1))
        assert np.abs(red - 128).max() < 2
        assert abs(green[1] - 128) < 2
        assert green[0] < 64


def test_a_box_without_anybody_is_dropped() -> None:
    scene = Scene(boxes=[box_of(STANDING), box_of(LYING)])
    found = scene.composition()[0].find([picture(LYING)], [None])[0]
    assert np.abs(found.poses.keypoints[:, 0] - [LYING[:2]]).max() < 1.5
    assert found.following is not None
    assert len(found.following) == 1


def test_two_boxes_of_one_person_give_one_person() -> None:
    wide = (STANDING[0] - 40, STANDING[1] - 100, STANDING[0] + 130, STANDING[1] + 80)
    scene = Scene(boxes=[box_of(STANDING), wide])
    found = scene.composition()[0].find([picture(STANDING)], [None])[0]
    assert len(scene.crops) == 4
    assert len(found.poses.scores) == 1


def test_who_is_followed_is_looked_for_once_where_the_last_look_said() -> None:
    scene = Scene(boxes=[box_of(LYING)])
    composition, boxes = scene.composition()
    following = composition.find([picture(LYING)], [None])[0].following
    scene.crops.clear()
    moved: Person = (LYING[0] + 6, LYING[1] - 5, LYING[2] + 6, LYING[3] + 4)
    found = composition.find([picture(moved)], [following])[0]
    assert boxes.asked == [1, 0]
    assert len(scene.crops) == 1
    assert np.abs(found.poses.keypoints[:, [0, -1]].reshape(-1, 4) - [moved]).max() < 1.5
    assert composition.find([picture()], [following])[0].poses.scores.shape == (0,)


def test_pictures_at_once_are_answered_as_one_by_one() -> None:
    scene = Scene(boxes=[box_of(STANDING), box_of(LYING)])
    composition, _ = scene.composition()
    assert composition.find([], []) == []
    pictures = [picture(STANDING, LYING), picture(LYING), picture(), picture(STANDING)]
    following = composition.find(pictures[:1], [None])[0].following
    expected: list[Float32 | None] = [None, following, None, None]
    together = composition.find(pictures, expected)
    for its, places, found in zip(pictures, expected, together, strict=True):
        alone = composition.find([its], [places])[0]
        assert np.array_equal(found.poses.keypoints, alone.poses.keypoints)
        assert np.array_equal(found.following, alone.following)  # type: ignore[arg-type]


def test_the_time_is_told_by_stage() -> None:
    scene = Scene(boxes=[box_of(STANDING)])
    composition, _ = scene.composition()
    found = composition.find([picture(STANDING)], [None])[0]
    assert found.timings_ms == pytest.approx({"detect": 30.0, "joints": 20.0})
    assert composition.identity == f"{card_by_name('nanodet').identity}+{CARD.identity}"
    assert composition.can_follow
