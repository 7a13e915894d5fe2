"""PoseNet's tree: from one sure joint to a whole pose, along the displacements between neighbouring joints.

Source: the published description of the network (as in posenet.py). From a joint, the edges are walked towards the
nose with the backward displacements, then away from it with the forward ones. Because every joint but the nose has
one parent, a joint's place depends on the path from the start alone: whole levels of the tree are walked at once.
Letters in shapes: N poses, C cells of the maps, K = 17 joints, E = 16 edges. Points are x, y in px of the input.
"""

from typing import NamedTuple

import numpy as np

from posestream.schemas.checks import Float32
from postprocess.decoders.posenet_maps import JOINTS, Indices, PoseNetMaps

EDGES = (
    *((0, 1), (1, 3), (0, 2), (2, 4), (0, 5), (5, 7), (7, 9), (5, 11)),
    *((11, 13), (13, 15), (0, 6), (6, 8), (8, 10), (6, 12), (12, 14), (14, 16)),
)
"""Parent and child of each displacement, in the order of its channels; COCO-17's joints."""

_PARENT = np.zeros(JOINTS, np.intp)
_EDGE = np.zeros(JOINTS, np.intp)  # the one that leads to a joint; the nose has none
for _edge, (_parent, _child) in enumerate(EDGES):
    _PARENT[_child], _EDGE[_child] = _parent, _edge
_LEVELS = tuple(np.array(level) for level in ((1, 2, 5, 6), (3, 4, 7, 8, 11, 12), (9, 10, 13, 14), (15, 16)))
_MOVES = np.array([*EDGES, *((child, parent) for parent, child in EDGES)])  # (2 E, 2) from, to
_FAR_PX = 32.0  # where a network was taught its offsets: a disc of this radius about a joint


class Displacements(NamedTuple):
    """``forward``, parent to child, and ``backward``: each (C * E, 2) px as x, y, cells row by row."""

    forward: Float32
    backward: Float32


def walk(maps: PoseNetMaps, displacements: Displacements, points: Float32, joints: Indices) -> Float32:
    """Give the poses (N, K, 2) px that start from joints (N,) at points (N, 2) px."""
    rows = np.arange(len(joints))
    poses = np.zeros((len(joints), JOINTS, 2), np.float32)
    known = np.zeros((len(joints), JOINTS), np.bool_)
    poses[rows, joints] = points
    known[rows, joints] = True
    while len(rows := rows[joints > 0]):
        children = joints[joints > 0]
        joints = _PARENT[children]
        guesses = _displaced(maps, displacements.backward, poses[rows, children], _EDGE[children])
        poses[rows, joints] = maps.refined(guesses, joints)
        known[rows, joints] = True
    for level in _LEVELS:
        guesses = _displaced(maps, displacements.forward, poses[:, _PARENT[level]], _EDGE[level])
        poses[:, level] = np.where(known[:, level, None], poses[:, level], maps.refined(guesses, level))
    return poses


def in_order(maps: PoseNetMaps, one: Float32, other: Float32, points: Float32, joints: Indices) -> Displacements:
    """Tell which of two displacements, (C * E, 2) px each, leads forward: they have one shape and no sure name.

    From sure joints (N,) at points (N, 2) px, the right one leads along every edge to where the other joint's own
    offset points, and its score is high. The wrong one was never taught there, or it points away from the other
    joint. The order with the smaller sum of misses is taken; where both are equal, say with nobody there, ``one``
    leads forward.
    """
    rows, moves = np.nonzero(joints[:, None] == _MOVES[:, 0])
    targets = _MOVES[moves, 1]
    misses = np.zeros((2, len(rows)), np.float32)
    for side, field in enumerate((one, other)):
        guesses = _displaced(maps, field, points[rows], moves % len(EDGES))
        cells = maps.cells(guesses)
        gaps = np.hypot(*np.moveaxis(guesses - maps.points(cells, targets), -1, 0))
        misses[side] = np.minimum(gaps, _FAR_PX) + _FAR_PX * (1 - maps.scores(cells, targets))
    forwards = moves < len(EDGES)
    excess = np.where(forwards, misses[0] - misses[1], misses[1] - misses[0]).sum()
    return Displacements(other, one) if excess > 0 else Displacements(one, other)


def _displaced(maps: PoseNetMaps, field: Float32, points: Float32, edges: Indices) -> Float32:
    """Add to points [..., 2] what the field holds for edges [...] at the cells nearest to them."""
    guesses: Float32 = points + field.take(maps.cells(points) * len(EDGES) + edges, axis=0)
    return guesses
