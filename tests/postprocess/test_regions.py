import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from postprocess.regions import Regions, regions_from_boxes, regions_from_points

Array = NDArray[np.float32]
CROP = 256


def floats(*rows: object) -> Array:
    return np.array(rows, np.float32)


def test_there_and_back_for_every_degree() -> None:
    degrees = np.arange(361)
    chance = np.random.default_rng(1)
    regions = Regions(
        chance.uniform(0, 1920, (len(degrees), 2)).astype(np.float32),
        chance.uniform(50, 1500, len(degrees)).astype(np.float32),
        np.radians(degrees).astype(np.float32),
    )
    points = chance.uniform(-20, 276, (len(degrees), 33, 2)).astype(np.float32)
    back = regions.points_to_crop(regions.points_to_picture(points, CROP), CROP)
    assert np.abs(back - points).max() < 0.01
    picture = chance.uniform(0, 1920, (len(degrees), 33, 2)).astype(np.float32)
    assert np.abs(regions.points_to_picture(regions.points_to_crop(picture, CROP), CROP) - picture).max() < 0.01


@pytest.mark.parametrize("degree", range(0, 361, 15))
def test_the_region_of_two_points_has_the_second_straight_above_the_first(degree: int) -> None:
    angle = np.radians(degree)  # clockwise from straight up
    centre, reach = np.array([400.0, 300.0]), 80.0
    end = centre + reach * np.array([np.sin(angle), -np.cos(angle)])
    regions = regions_from_points(floats(centre), floats(end))
    assert regions.sides.tolist() == pytest.approx([200.0], abs=1e-3)
    assert -np.pi <= regions.rotations[0] <= np.pi
    assert np.cos(regions.rotations[0] - angle) == pytest.approx(1, abs=1e-6)
    crop = regions.points_to_crop(floats([centre, end]), CROP)
    assert np.abs(crop[0] - [[128, 128], [128, 128 - 80 / 200 * CROP]]).max() < 0.01


@given(
    seed=st.integers(0, 2**32 - 1),
    dx=st.floats(-500, 500),
    dy=st.floats(-500, 500),
    factor=st.floats(0.1, 4),
    turn=st.floats(-3.2, 3.2),
)
def test_a_picture_moved_scaled_and_turned_has_its_regions_so(
    seed: int, dx: float, dy: float, factor: float, turn: float
) -> None:
    chance = np.random.default_rng(seed)
    centres = chance.uniform(0, 500, (3, 2))
    ends = centres + chance.uniform(20, 100, (3, 2)) * chance.choice([-1, 1], (3, 2))
    matrix = factor * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = chance.uniform(0, CROP, (3, 5, 2)).astype(np.float32)
    plain = regions_from_points(centres.astype(np.float32), ends.astype(np.float32))
    moved = regions_from_points(
        (centres @ matrix.T + [dx, dy]).astype(np.float32), (ends @ matrix.T + [dx, dy]).astype(np.float32)
    )
    want = plain.points_to_picture(points, CROP).astype(np.float64) @ matrix.T + [dx, dy]
    assert np.abs(moved.points_to_picture(points, CROP) - want).max() < 0.05


@given(seed=st.integers(0, 2**32 - 1))
def test_many_regions_are_a_loop_of_one(seed: int) -> None:
    chance = np.random.default_rng(seed)
    centres, ends = chance.uniform(0, 500, (2, 4, 2)).astype(np.float32)
    points = chance.uniform(0, CROP, (4, 33, 3)).astype(np.float32)
    together = regions_from_points(centres, ends)
    for row in range(4):
        alone = regions_from_points(centres[row : row + 1], ends[row : row + 1])
        one = points[row : row + 1]
        near = {"atol": 1e-4, "rtol": 1e-5}
        flat = alone.points_to_picture(one[..., :2], CROP)[0]
        assert np.allclose(flat, together.points_to_picture(points[..., :2], CROP)[row], **near)
        assert np.allclose(alone.world_to_picture(one)[0], together.world_to_picture(points)[row], **near)
        assert np.allclose(alone.crop_to_picture(CROP)[0], together.crop_to_picture(CROP)[row], **near)


def test_the_matrices_do_what_the_projection_does() -> None:
    regions = Regions(floats([100, 50], [300, 200]), floats(120, 80), floats(0.7, -2.5))
    points = np.random.default_rng(2).uniform(0, CROP, (2, 6, 2)).astype(np.float32)
    matrices = regions.crop_to_picture(CROP)
    assert matrices.shape == (2, 2, 3)
    for matrix, crop, picture in zip(matrices, points, regions.points_to_picture(points, CROP), strict=True):
        assert np.abs(crop @ matrix[:, :2].T + matrix[:, 2] - picture).max() < 1e-3


def test_a_quarter_turn_is_clockwise_and_leaves_depth_alone() -> None:
    regions = Regions(floats([0, 0]), floats(100), floats(np.pi / 2))
    assert np.allclose(
        regions.points_to_picture(floats([[128, 0]]), CROP), [[[50, 0]]], atol=1e-4
    )  # the top looks right
    world = floats([[0, -0.5, 0.3], [1, 0, -2]])
    turned = regions.world_to_picture(world)
    assert np.allclose(turned, [[[0.5, 0, 0.3], [0, 1, -2]]], atol=1e-6)
    assert world.tolist() == floats([[0, -0.5, 0.3], [1, 0, -2]]).tolist()


def test_a_foreign_box_is_looked_at_upright_with_a_margin() -> None:
    regions = regions_from_boxes(floats([100, 50, 140, 250], [0, 0, 30, 20]))
    assert regions.centres.tolist() == [[120, 150], [15, 10]]
    assert regions.sides.tolist() == [250, 37.5]
    assert regions.rotations.tolist() == [0, 0]


def test_nobody_has_no_region() -> None:
    none = np.zeros((0, 2), np.float32)
    assert len(regions_from_points(none, none)) == 0
    regions = regions_from_boxes(np.zeros((0, 4), np.float32))
    assert len(regions) == 0
    assert regions.points_to_picture(np.zeros((0, 33, 2), np.float32), CROP).shape == (0, 33, 2)


def test_points_in_one_place_give_a_region_without_extent() -> None:
    point = floats([5, 5])
    assert regions_from_points(point, point).sides.tolist() == [0]


def test_the_arrays_are_of_the_same_regions_and_frozen() -> None:
    regions = regions_from_boxes(floats([0, 0, 2, 2]))
    assert not any(array.flags.writeable for array in (regions.centres, regions.sides, regions.rotations))
    with pytest.raises(ValueError, match="centres: wanted shape"):
        Regions(floats([0, 0], [1, 1]), floats(1), floats(1))


def test_some_regions_in_another_order() -> None:
    regions = regions_from_boxes(floats([0, 0, 2, 2], [0, 0, 4, 4], [0, 0, 8, 8])).rows(np.array([2, 0]))
    assert regions.sides.tolist() == [10, 2.5]
    assert regions.centres.tolist() == [[4, 4], [1, 1]]
    assert regions.rotations.tolist() == [0, 0]
