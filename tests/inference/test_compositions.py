"""Compositions of networks that see bright rectangles as persons."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.compositions import TopDown, WholePicture
from inference.models import card_by_name
from inference.network import Network
from inference.runners.runner import FunctionRunner, Tensor
from posestream.clock import SettableClock
from posestream.skeletons import COCO17
from postprocess.boxes import iou_matrix

HEIGHT, WIDTH = 416, 416
Box = tuple[float, float, float, float]
# A body with its head up, in shares of its box.
BODY = np.random.default_rng(8).uniform(0, 1, (17, 2)).astype(np.float32)


@dataclass
class Scene:
    """Who is where, what each network answers, and how often it was asked."""

    multi: list[Box] = field(default_factory=list)
    nano: list[Box] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    clock: SettableClock = field(default_factory=SettableClock)

    def picture(self, people: list[Box]) -> NDArray[np.uint8]:
        pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        for x1, y1, x2, y2 in people:
            pixels[int(y1) : int(y2), int(x1) : int(x2)] = 255
        return pixels

    def whole(self, _: Tensor) -> list[Tensor]:
        self.asked.append("multi")
        self.clock.advance(0.02)
        output = np.zeros((1, 6, 56), np.float32)
        for slot, (x1, y1, x2, y2) in enumerate(self.multi):
            joints = (BODY * [x2 - x1, y2 - y1] + [x1, y1]) / [WIDTH, HEIGHT]
            row = np.concatenate([joints[:, ::-1], np.full((17, 1), 0.6)], axis=1).ravel()
            output[0, slot] = [*row, y1 / HEIGHT, x1 / WIDTH, y2 / HEIGHT, x2 / WIDTH, 0.9 - slot / 10]
        return [output]

    def boxes(self, _: Tensor) -> list[Tensor]:
        self.asked.append("nano")
        self.clock.advance(0.03)
        outputs = {s: (np.zeros((1, (416 // s) ** 2, 80), np.float32), np.full((1, (416 // s) ** 2, 4, 11), -60.0))
                   for s in (8, 16, 32)}  # fmt: skip
        for number, (x1, y1, x2, y2) in enumerate(self.nano):
            column, row = int((x1 + x2) / 2 // 32), int((y1 + y2) / 2 // 32)
            cell, centre = row * 13 + column, np.array([column + 0.5, row + 0.5]) * 32
            sides = np.abs(np.array([x1, y1, x2, y2]) - np.tile(centre, 2)) / 32
            for side, distance in enumerate(sides):
                below = int(distance)
                outputs[32][1][0, cell, side, below] = np.log(1 - (distance - below))
                outputs[32][1][0, cell, side, below + 1] = np.log(max(distance - below, 1e-20))
            outputs[32][0][0, cell, 0] = 0.8 - number / 10
        return [each for scores, logits in outputs.values()
                for each in (scores, logits.reshape(1, -1, 44).astype(np.float32))]  # fmt: skip

    def joints(self, tensor: Tensor) -> list[Tensor]:
        """The body in the bright rectangle about the crop's middle; nobody where that is dark."""
        self.asked.append("thunder")
        self.clock.advance(0.01)
        bright = tensor[0, ..., 0] > 128
        output = np.full((1, 1, 17, 3), 0.05, np.float32)
        if bright[128, 128]:
            (top, bottom), (left, right) = _run(bright[:, 128]), _run(bright[128])
            low, high = np.array([top, left]), np.array([bottom, right])
            output[0, 0, :, :2] = (BODY[:, ::-1] * (high - low) + low) / 256
            output[0, 0, :, 2] = 0.8
        return [output]

    def top_down(self, doubles: str = "oks", *, multi: bool = True, nano: bool = True) -> TopDown:
        thunder = card_by_name("movenet-thunder").model_copy(update={"doubles": doubles})
        whole = Network(card_by_name("movenet-multipose"), FunctionRunner(self.whole))
        boxes = Network(card_by_name("nanodet"), FunctionRunner(self.boxes))
        return TopDown(
            pose_boxes=whole if multi else None,
            boxes=boxes if nano else None,
            joints=Network(thunder, FunctionRunner(self.joints)),
            skeleton=COCO17,
            clock=self.clock,
        )

    def whole_picture(self) -> WholePicture:
        return WholePicture(Network(card_by_name("movenet-multipose"), FunctionRunner(self.whole)), COCO17, self.clock)


def _run(line: NDArray[np.bool_]) -> tuple[int, int]:
    """First and last + 1 of the bright pixels about the middle."""
    dark = np.flatnonzero(~line)
    return int(dark[dark < 128].max(initial=-1)) + 1, int(dark[dark > 128].min(initial=256))


LEFT: Box = (30, 60, 110, 300)
MIDDLE: Box = (160, 80, 230, 300)
RIGHT: Box = (290, 50, 380, 320)


def in_order(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    return boxes[np.argsort(boxes[:, 0])]


def bodies(people: list[Box]) -> NDArray[np.float32]:
    return np.array([BODY * [x2 - x1, y2 - y1] + [x1, y1] for x1, y1, x2, y2 in people], np.float32)


def test_top_down_finds_nobody_where_nobody_is() -> None:
    scene = Scene()
    found = scene.top_down().find([scene.picture([])], [None])[0]
    assert found.poses.keypoints.shape == (0, 17, 2)
    assert found.poses.boxes.shape == (0, 4)
    assert scene.asked == ["multi", "nano"]


def test_boxes_of_both_networks_are_united() -> None:
    scene = Scene(multi=[LEFT, MIDDLE], nano=[MIDDLE, RIGHT])
    found = scene.top_down().find([scene.picture([LEFT, MIDDLE, RIGHT])], [None])[0].poses
    assert scene.asked.count("thunder") == 3  # the one whom both saw is looked at once
    assert np.abs(in_order(found.boxes) - [LEFT, MIDDLE, RIGHT]).max() < 0.01
    order = np.argsort(found.boxes[:, 0])
    assert np.abs(found.keypoints[order] - bodies([LEFT, MIDDLE, RIGHT])).max() < 1.5
    assert found.scores.tolist() == pytest.approx([0.8] * 3)


@pytest.mark.parametrize("who", ["multi", "nano"])
def test_one_network_is_enough(who: str) -> None:
    scene = Scene(multi=[LEFT] if who == "multi" else [], nano=[LEFT] if who == "nano" else [])
    found = scene.top_down().find([scene.picture([LEFT])], [None])[0].poses
    assert np.abs(found.boxes - [LEFT]).max() < 0.01


def test_a_crop_without_anybody_is_dropped() -> None:
    scene = Scene(multi=[LEFT, RIGHT])
    found = scene.top_down().find([scene.picture([LEFT])], [None])[0].poses
    assert np.abs(found.boxes - [LEFT]).max() < 0.01


@pytest.mark.parametrize("doubles", ["oks", "alphapose"])
def test_two_crops_of_one_person_give_one_person(doubles: str) -> None:
    wide: Box = (LEFT[0] - 60, LEFT[1], LEFT[2] + 90, LEFT[3])
    assert iou_matrix(np.array([LEFT]), np.array([wide])).max() < 0.5
    scene = Scene(multi=[LEFT], nano=[(0, wide[1], wide[2], wide[3])])
    found = scene.top_down(doubles).find([scene.picture([LEFT])], [None])[0].poses
    assert scene.asked.count("thunder") == 2
    assert len(found.scores) == 1
    assert np.abs(found.keypoints - bodies([LEFT])).max() < 2.5
    assert found.scores.tolist() == pytest.approx([0.8])


def test_merging_doubles_finds_the_same_persons() -> None:
    scene = Scene(multi=[LEFT, MIDDLE], nano=[MIDDLE, RIGHT])
    found = scene.top_down("alphapose").find([scene.picture([LEFT, MIDDLE, RIGHT])], [None])[0].poses
    assert np.abs(in_order(found.boxes) - [LEFT, MIDDLE, RIGHT]).max() < 0.01
    nobody = Scene()
    assert len(nobody.top_down("alphapose").find([nobody.picture([])], [None])[0].poses.scores) == 0


@pytest.mark.parametrize(("multi", "nano"), [(True, False), (False, True)])
def test_one_network_of_boxes_may_be_left_out(multi: bool, nano: bool) -> None:
    scene = Scene(multi=[LEFT], nano=[LEFT])
    composition = scene.top_down(multi=multi, nano=nano)
    found = composition.find([scene.picture([LEFT])] * 2, [None, None])
    assert all(np.abs(each.poses.boxes - [LEFT]).max() < 0.01 for each in found)
    assert scene.asked == (["multi"] if multi else ["nano"]) * 2 + ["thunder"] * 2
    assert len(composition.identity.split("+")) == 2


def test_more_persons_than_one_network_can_give() -> None:
    people: list[Box] = [(16 + 40 * x, 20 + 200 * y, 40 + 40 * x, 190 + 200 * y) for y in range(2) for x in range(5)]
    scene = Scene(multi=people[:6], nano=people[6:])
    found = scene.top_down().find([scene.picture(people)], [None])[0].poses
    assert len(found.scores) == 10


def test_expected_persons_are_looked_for_and_the_detectors_rest() -> None:
    scene = Scene(multi=[RIGHT], nano=[RIGHT])
    moved: Box = (LEFT[0] + 8, LEFT[1] + 4, LEFT[2] + 8, LEFT[3] + 4)
    found = scene.top_down().find([scene.picture([moved])], [np.array([LEFT], np.float32)])[0].poses
    assert scene.asked == ["thunder"]
    assert np.abs(found.keypoints - bodies([moved])).max() < 1.5
    # The box is drawn around this frame's joints, not left where the person was.
    joints = bodies([moved])[0]
    low, high = joints.min(axis=0), joints.max(axis=0)
    wanted = np.concatenate([low - (high - low) / 10, high + (high - low) / 10])
    assert np.abs(found.boxes - wanted).max() < 2


def test_who_has_left_is_no_longer_found() -> None:
    scene = Scene()
    found = scene.top_down().find([scene.picture([])], [np.array([LEFT], np.float32)])[0]
    assert found.poses.scores.shape == (0,)


def test_the_time_is_told_by_stage() -> None:
    scene = Scene(multi=[LEFT])
    timings = scene.top_down().find([scene.picture([LEFT])], [None])[0].timings_ms
    assert timings == pytest.approx({"detect": 50.0, "joints": 10.0})
    timings = scene.top_down().find([scene.picture([LEFT])], [np.array([LEFT], np.float32)])[0].timings_ms
    assert timings == pytest.approx({"detect": 0.0, "joints": 10.0})
    assert scene.whole_picture().find([scene.picture([])], [None])[0].timings_ms == pytest.approx({"joints": 20.0})


def test_the_whole_picture_at_once() -> None:
    scene = Scene()
    assert scene.whole_picture().find([scene.picture([])], [None])[0].poses.boxes.shape == (0, 4)
    scene.multi = [LEFT, RIGHT, (LEFT[0] + 1, LEFT[1] + 1, LEFT[2] + 1, LEFT[3] + 1)]
    found = scene.whole_picture().find([scene.picture([LEFT, RIGHT])], [None])[0].poses
    assert np.abs(found.boxes - [LEFT, RIGHT]).max() < 0.01
    assert np.abs(found.keypoints - bodies([LEFT, RIGHT])).max() < 0.01


def test_the_identity_names_all_networks() -> None:
    scene = Scene()
    names = [part.partition("@")[0] for part in scene.top_down().identity.split("+")]
    assert names == ["movenet-multipose", "nanodet", "movenet-thunder"]
    assert scene.whole_picture().identity == card_by_name("movenet-multipose").identity
    assert (scene.top_down().can_follow, scene.whole_picture().can_follow) == (True, False)


class ClosableRunner(FunctionRunner):
    """Notes that it was closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_closing_closes_every_network() -> None:
    runners = [ClosableRunner(lambda tensor: [tensor]) for _ in range(4)]
    networks = [Network(card_by_name("nanodet"), runner) for runner in runners]
    TopDown(networks[0], networks[1], networks[2], COCO17, SettableClock()).close()
    WholePicture(networks[3], COCO17, SettableClock()).close()
    assert [runner.closed for runner in runners] == [1, 1, 1, 1]


def test_pictures_at_once_are_answered_as_one_by_one() -> None:
    scene = Scene(multi=[LEFT, MIDDLE], nano=[RIGHT])
    pictures = [scene.picture(people) for people in ([LEFT, MIDDLE, RIGHT], [MIDDLE], [])]
    expected = [None, np.array([MIDDLE], np.float32), None]
    for composition in (scene.top_down(), scene.whole_picture()):
        assert composition.find([], []) == []
        together = composition.find(pictures, expected)
        for picture, boxes, found in zip(pictures, expected, together, strict=True):
            alone = composition.find([picture], [boxes])[0]
            assert np.array_equal(found.poses.keypoints, alone.poses.keypoints)
            assert np.array_equal(found.poses.boxes, alone.poses.boxes)


def test_the_detectors_look_only_where_nothing_is_expected() -> None:
    scene = Scene(multi=[LEFT])
    pictures = [scene.picture([LEFT])] * 3
    scene.top_down().find(pictures, [np.array([LEFT], np.float32), None, np.array([LEFT], np.float32)])
    assert scene.asked.count("multi") == scene.asked.count("nano") == 1
