"""PoseNet's persons: each pose starts from the surest joint that no earlier pose has taken.

Source: the published description of the network, as in posenet.py. Letters in shapes: N persons, M candidates,
K = 17 joints. Points are x, y in px of the network's input.
"""

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32
from postprocess.decoders.posenet_maps import JOINTS, Candidates, Indices, PoseNetMaps, within_reach
from postprocess.decoders.posenet_tree import Displacements, walk


def accepted_poses(maps: PoseNetMaps, displacements: Displacements, candidates: Candidates) -> tuple[Float32, Indices]:
    """Give the poses (N, K, 2) and the candidates (N,) they start from, surest first.

    A candidate within 20 px of the same joint of an accepted pose is passed over. A pose depends on its own start
    alone, so many are walked at once, before it is known which of them are accepted: one start per joint and cell,
    and another round if a candidate of those left out is needed after all.
    """
    starts: list[int] = []
    accepted: list[Float32] = []
    left = np.arange(len(candidates.joints))
    places = np.full(len(left), -1)  # a candidate's row in poses; heads still left are heads again, so no row is stale
    poses = np.empty((0, JOINTS, 2), np.float32)
    while len(left):
        first = left[0]
        if places[first] < 0:
            heads = left[surest_of_each_cell(maps, candidates.points[left], candidates.joints[left])]
            poses = walk(maps, displacements, candidates.points[heads], candidates.joints[heads])
            places[heads] = np.arange(len(heads))
        pose = poses[places[first]]
        starts.append(first)
        accepted.append(pose)
        left = left[~within_reach(candidates.points[left], pose[candidates.joints[left]])]
    return np.array(accepted, np.float32).reshape(-1, JOINTS, 2), np.array(starts, np.intp)


def surest_of_each_cell(maps: PoseNetMaps, points: Float32, joints: Indices) -> Indices:
    """Give the first of each joint near each cell, rising, of joints (M,) at points (M, 2): the surest if sorted."""
    keys = maps.cells(points) * JOINTS + joints
    _, firsts = np.unique(keys, return_index=True)
    return np.sort(firsts)


def own_joints(poses: Float32) -> NDArray[np.bool_]:
    """Tell which joints (N, K) lie more than 20 px from the same joint of every earlier pose."""
    own = np.ones(poses.shape[:2], np.bool_)
    for row in range(1, len(poses)):
        own[row] = ~within_reach(poses[:row], poses[row]).any(axis=0)
    return own
