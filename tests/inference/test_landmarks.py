"""A landmark network that sees a red and a green spot: the middle of the hips, and what its next crop's top is."""

import numpy as np
import pytest

from inference.landmarks import look
from inference.models import card_by_name
from inference.network import Network
from inference.runners.runner import FunctionRunner, Tensor
from posestream.schemas.checks import Float32
from postprocess.regions import Regions, regions_from_boxes, regions_from_points

CROP, JOINTS = 256, 33
CARD = card_by_name("blazepose-full")
HIPS, TOP = (200.0, 150.0), (260.0, 120.0)


def centre_of(light: Float32) -> Float32:
    """Middle of the bright pixels of (h, w), px: pixel i covers i to i + 1."""
    rows, columns = np.nonzero(light > 0.4)
    return np.array([columns.mean(), rows.mean()]) + 0.5


def answer(tensor: Tensor) -> list[Tensor]:
    """Joints on the way from the hips to the top, in metres as many as px; nobody where a spot is out of sight."""
    points, world = np.zeros((39, 5), np.float32), np.zeros((39, 3), np.float32)
    there = all((tensor[0, ..., colour] > 0.4).any() for colour in (0, 1))
    if there:
        hips, top = (centre_of(tensor[0, ..., colour]) for colour in (0, 1))
        way = np.linspace(0, 1, JOINTS)[:, None] * (top - hips)
        points[:JOINTS, :2], world[:JOINTS, :2], world[:JOINTS, 2] = hips + way, way, 7
        points[JOINTS : JOINTS + 2, :2] = hips, top
    flat = [points.reshape(1, -1), np.full((1, 1), 0.9 if there else 0.1, np.float32), world.reshape(1, -1)]
    return [np.full((1, 64, 64, 39), -9, np.float32), *flat]


def network() -> Network:
    return Network(CARD, FunctionRunner(answer))


def picture(hips: tuple[float, float] = HIPS, top: tuple[float, float] = TOP) -> np.ndarray:
    pixels = np.zeros((400, 500, 3), np.uint8)
    for colour, (x, y) in enumerate((hips, top)):
        pixels[int(y) - 4 : int(y) + 4, int(x) - 4 : int(x) + 4, colour] = 255
    return pixels


def towards(hips: tuple[float, float], top: tuple[float, float]) -> Regions:
    return regions_from_points(np.array([hips], np.float32), np.array([top], np.float32))


@pytest.mark.parametrize("turn", [0.0, 0.4, -1.3, 2.2, 3.1])
def test_wherever_a_region_looks_from_the_joints_are_where_they_are(turn: float) -> None:
    regions = Regions(np.array([[215, 140]], np.float32), np.float32([260]), np.float32([turn]))
    seen = look(network(), [picture()], [regions])[0]
    assert np.abs(seen.poses.keypoints[0, [0, -1]] - [HIPS, TOP]).max() < 1.0
    assert seen.poses.scores.tolist() == pytest.approx([0.9])
    assert np.abs(seen.following.centres - [HIPS]).max() < 1.0
    assert np.abs(seen.following.sides / 2.5 - np.hypot(60, 30)).max() < 1.0
    assert np.abs(seen.following.rotations - np.arctan2(60, 30)).max() < 0.03
    # Metres are turned with the region, and no more than that: the network gave px of the crop.
    assert seen.poses.keypoints_3d is not None
    want = (np.array(TOP) - HIPS) * CROP / 260
    assert np.abs(seen.poses.keypoints_3d[0, -1] - [*want, 7]).max() < 1.5


def test_the_box_is_drawn_around_the_sure_joints() -> None:
    seen = look(network(), [picture()], [towards(HIPS, TOP)])[0]
    joints = seen.poses.keypoints[0]
    low, high = joints.min(axis=0), joints.max(axis=0)
    assert np.abs(seen.poses.boxes[0] - [*(low - (high - low) / 10), *(high + (high - low) / 10)]).max() < 0.01


def test_the_regions_of_all_pictures_are_answered_in_order() -> None:
    other = ((300.0, 300.0), (300.0, 240.0))
    both = Regions(
        np.concatenate([towards(HIPS, TOP).centres, towards(*other).centres]),
        np.concatenate([towards(HIPS, TOP).sides, towards(*other).sides]),
        np.concatenate([towards(HIPS, TOP).rotations, towards(*other).rotations]),
    )
    nothing = regions_from_boxes(np.zeros((0, 4), np.float32))
    blank = np.zeros((400, 500, 3), np.uint8)
    seen = look(network(), [picture(*other), blank, picture()], [towards(*other), nothing, both])
    assert [len(its.poses.scores) for its in seen] == [len(its.following) for its in seen] == [1, 0, 2]
    assert np.abs(seen[0].poses.keypoints[0, 0] - other[0]).max() < 1.0
    assert np.abs(seen[2].poses.keypoints[0, 0] - HIPS).max() < 1.0
    assert seen[2].poses.scores.tolist() == pytest.approx([0.9, 0.1])


def test_no_region_no_person() -> None:
    assert look(network(), [], []) == []
    seen = look(network(), [picture()] * 2, [regions_from_boxes(np.zeros((0, 4), np.float32))] * 2)
    assert [its.poses.keypoints.shape for its in seen] == [(0, JOINTS, 2)] * 2
    assert [len(its.following) for its in seen] == [0, 0]
