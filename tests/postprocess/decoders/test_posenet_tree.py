import numpy as np
import pytest
from numpy.typing import NDArray

from posestream.skeletons import COCO17
from postprocess.decoders import DecodeOptions
from postprocess.decoders.posenet_maps import PoseNetMaps, paired, read_maps
from postprocess.decoders.posenet_tree import EDGES, Displacements, in_order, walk
from synthetic.posenet import TREE, Maps, encode, side_by_side

SIDES = (257, 193)
SURE = np.array(range(17))


def read(encoded: Maps) -> tuple[PoseNetMaps, Displacements]:
    maps = read_maps("posenet", encoded, DecodeOptions(*SIDES))
    return maps, Displacements(paired(encoded.forward, 16), paired(encoded.backward, 16))


def person(seed: int = 0, height: int = 257) -> NDArray[np.float64]:
    return side_by_side(1, (height, 3 * height // 4), rows=1, seed=seed)


def chosen_right(encoded: Maps) -> bool:
    """Whether both orders give the true one."""
    maps, true = read(encoded)
    orders = (true, Displacements(true.backward, true.forward))
    starts = maps.candidates()[:2]
    return all(in_order(maps, *order, *starts).forward is true.forward for order in orders)


def test_the_tree_holds_every_joint_once() -> None:
    assert EDGES == TREE
    assert sorted(child for _, child in EDGES) == list(range(1, 17))
    assert len(COCO17.keypoints) == len(EDGES) + 1


@pytest.mark.parametrize("start", range(17))
def test_from_every_joint_the_whole_person_is_reached(start: int) -> None:
    truth = person()
    maps, displacements = read(encode(truth, SIDES, 16))
    poses = walk(maps, displacements, truth[:, start].astype(np.float32), np.array([start]))
    assert np.abs(poses - truth).max() < 1e-2
    assert np.array_equal(poses[0, start], truth[0, start].astype(np.float32))


def test_many_starts_are_a_loop_of_one() -> None:
    truth = person(3)
    maps, displacements = read(encode(truth, SIDES, 8))
    starts = (truth[0] + np.random.default_rng(0).normal(0, 6, (17, 2))).astype(np.float32)
    together = walk(maps, displacements, starts, SURE)
    for joint in SURE:
        alone = walk(maps, displacements, starts[joint : joint + 1], SURE[joint : joint + 1])
        assert np.array_equal(alone[0], together[joint])


def test_no_start_no_pose() -> None:
    maps, displacements = read(encode(person(), SIDES, 16))
    assert walk(maps, displacements, np.zeros((0, 2), np.float32), np.zeros(0, np.intp)).shape == (0, 17, 2)


@pytest.mark.parametrize("height", [8, 16, 32, 64, 128, 257])
@pytest.mark.parametrize("stride", [8, 16, 32])
@pytest.mark.parametrize("seed", range(3))
def test_the_way_forward_is_known_for_small_and_large_persons(height: int, stride: int, seed: int) -> None:
    assert chosen_right(encode(person(seed, height), SIDES, stride))


@pytest.mark.parametrize("joint", range(17))
def test_the_way_forward_is_known_by_one_joint(joint: int) -> None:
    for height in (32, 257):
        assert chosen_right(encode(person(joint, height), SIDES, 16, SURE[None] == joint))


@pytest.mark.parametrize("seed", range(20))
def test_the_way_forward_is_known_in_noise(seed: int) -> None:
    chance = np.random.default_rng(seed)
    encoded = encode(person(seed), SIDES, 16, chance.uniform(size=(1, 17)) < 0.7)
    noisy = (part + chance.normal(0, scale, part.shape) for part, scale in zip(encoded, (0.5, 4, 8, 8), strict=True))
    assert chosen_right(Maps(*(part.astype(np.float32) for part in noisy)))


def test_a_few_wild_displacements_do_not_turn_the_way_round() -> None:
    encoded = encode(person(), SIDES, 16)
    encoded.forward[0, ..., 0] = 1e9
    encoded.backward[0, ..., 16 + 3] = -1e9
    assert chosen_right(encoded)


def test_where_nothing_tells_them_apart_the_first_leads_forward() -> None:
    maps, (one, other) = read(encode(np.zeros((0, 17, 2)), SIDES, 16))
    nobody = maps.candidates()[:2]
    assert in_order(maps, one, other, *nobody).forward is one
    assert in_order(maps, other, one, *nobody).forward is other
