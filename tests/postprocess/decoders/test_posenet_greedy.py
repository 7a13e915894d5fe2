"""The decoder walks many poses at once. The published steps, one candidate and edge at a time, must agree exactly."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from postprocess.decoders import DecodedPoses, DecodeOptions
from postprocess.decoders.posenet import decode_posenet_multi
from postprocess.decoders.posenet_greedy import own_joints
from synthetic.posenet import TREE, Maps, crowd, encode

Array = NDArray[np.float32]
Place = tuple[int, int, int]
"""Row, column and joint."""


class Found(NamedTuple):
    point: Array
    score: float


class Literal(NamedTuple):
    maps: Maps
    stride: int

    def cell(self, point: Array) -> tuple[int, int]:
        _, height, width, _ = self.maps.logits.shape
        column, row = (int(np.floor(side / np.float32(self.stride) + np.float32(0.5))) for side in point)
        return min(max(row, 0), height - 1), min(max(column, 0), width - 1)

    def at(self, row: int, column: int, joint: int) -> Found:
        """The joint's point as this cell has it, and the cell's score."""
        offset = self.maps.offsets[0, row, column]
        x = offset[17 + joint] + np.float32(column * self.stride)
        y = offset[joint] + np.float32(row * self.stride)
        logit = float(self.maps.logits[0, row, column, joint])
        return Found(np.array([x, y], np.float32), float(1 / (1 + np.exp(-logit))))

    def follow(self, point: Array, field: Array, edge: int, joint: int) -> Found:
        point = point + field[0, *self.cell(point), [16 + edge, edge]]
        for _ in range(2):
            point = self.at(*self.cell(point), joint).point
        return Found(point, self.at(*self.cell(point), joint).score)

    def pose(self, start: Place) -> dict[int, Found]:
        pose = {start[2]: self.at(*start)}
        for edge in range(15, -1, -1):
            parent, child = TREE[edge]
            if child in pose and parent not in pose:
                pose[parent] = self.follow(pose[child].point, self.maps.backward, edge, parent)
        for edge, (parent, child) in enumerate(TREE):
            if parent in pose and child not in pose:
                pose[child] = self.follow(pose[parent].point, self.maps.forward, edge, child)
        return pose

    def candidates(self) -> list[Place]:
        """All of score >= .5 that no neighbour exceeds, surest first."""
        logits = self.maps.logits[0]
        found = []
        for row, column, joint in np.ndindex(logits.shape):
            around = logits[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2, joint]
            if logits[row, column, joint] >= max(0, around.max()):
                found.append((row, column, joint))
        return sorted(found, key=lambda place: -logits[place])

    def poses(self) -> list[dict[int, Found]]:
        poses: list[dict[int, Found]] = []
        for start in self.candidates():
            point = self.at(*start).point
            if not any(near(pose[start[2]].point, point) for pose in poses):
                poses.append(self.pose(start))
        return poses


def near(one: Array, other: Array) -> bool:
    across, down = one - other
    return bool(across * across + down * down <= 400)


def score(pose: dict[int, Found], earlier: list[dict[int, Found]]) -> float:
    new = [k for k in pose if not any(near(pose[k].point, other[k].point) for other in earlier)]
    return sum(pose[k].score for k in new) / 17


def agrees(found: DecodedPoses, maps: Maps, stride: int) -> bool:
    """Whether the literal steps give the same persons in the same order; their points to the last bit."""
    poses = Literal(maps, stride).poses()
    scores = [score(pose, poses[:row]) for row, pose in enumerate(poses)]
    points = np.array([[pose[k].point for k in range(17)] for pose in poses], np.float32).reshape(-1, 17, 2)
    joint_scores = np.array([[pose[k].score for k in range(17)] for pose in poses]).reshape(-1, 17)
    return (
        np.array_equal(found.keypoints, points)
        and np.allclose(found.keypoint_scores, joint_scores, rtol=0, atol=1e-6)
        and np.allclose(found.scores, scores, rtol=0, atol=1e-6)
    )


def turned(maps: Maps) -> Maps:
    return maps._replace(forward=maps.backward, backward=maps.forward)


def crowd_of_chance(seed: int, stride: int, noise: float) -> Maps:
    """Up to four persons whose joints lie anywhere, mingled; some are hidden."""
    chance = np.random.default_rng(seed)
    truth = chance.uniform(0, [225, 161], (chance.integers(1, 5), 17, 2))
    encoded = encode(truth, (161, 225), stride, chance.uniform(size=truth.shape[:2]) < 0.8)
    return Maps(*((part + chance.normal(0, noise, part.shape)).astype(np.float32) for part in encoded))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), stride=st.sampled_from([8, 16, 32]), noise=st.floats(0, 8))
def test_crowds_that_mingle(seed: int, stride: int, noise: float) -> None:
    maps = crowd_of_chance(seed, stride, noise)
    found = decode_posenet_multi(maps, DecodeOptions(161, 225))
    assert agrees(found, maps, stride) or (noise > 2 and agrees(found, turned(maps), stride))


@pytest.mark.parametrize("seed", range(4))
def test_noise_alone(seed: int) -> None:
    chance = np.random.default_rng(seed)
    shapes = ((17, 1), (34, 15), (32, 25), (32, 25))
    maps = Maps(*(chance.normal(0, scale, (1, 9, 11, side)).astype(np.float32) for side, scale in shapes))
    maps = maps._replace(logits=np.round(maps.logits * 2))  # many are equal
    found = decode_posenet_multi(maps, DecodeOptions(129, 161))
    assert len(found.scores) > 20
    assert agrees(found, maps, 16) or agrees(found, turned(maps), 16)


@pytest.mark.parametrize("persons", [1, 6])
def test_a_plain_crowd(persons: int) -> None:
    outputs, _ = crowd(persons)
    assert agrees(decode_posenet_multi(outputs, DecodeOptions(513, 513)), Maps(*outputs), 16)


def test_a_candidate_left_out_of_the_first_round_gets_its_pose_in_the_next() -> None:
    maps = encode(np.zeros((0, 17, 2)), (129, 129), 32)
    for cell, x, logit in ((1, -15.0, 5.0), (3, -58.0, 4.0)):  # at 17 and 38 px: one cell is nearest
        maps.logits[0, 2, cell, 0] = logit
        maps.offsets[0, 2, cell, 17] = x
    found = decode_posenet_multi(maps, DecodeOptions(129, 129))
    assert found.keypoints[:, 0].tolist() == [[17.0, 64.0], [38.0, 64.0]]
    assert agrees(found, maps, 32)


def test_a_joint_near_the_same_of_any_earlier_pose_is_not_its_own() -> None:
    poses = np.zeros((3, 17, 2), np.float32)
    poses[1] += 100
    poses[1, 4] = [20, 0]
    poses[2] += [300, 100]
    poses[2, 4], poses[2, 5] = [40, 0], [100, 120]
    own = own_joints(poses)
    assert np.argwhere(~own).tolist() == [[1, 4], [2, 4], [2, 5]]
    assert own_joints(poses[:0]).shape == (0, 17)
