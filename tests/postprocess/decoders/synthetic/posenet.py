"""PoseNet's tensors as a perfect network would give them, from the published description.

Around a joint lies a disc of 32 px. At the cells in it (the nearest person's, where discs of one joint overlap) the
joint's logit is +6 (-6 elsewhere), its offset is the joint minus the cell's place, and the displacements of its edges
are the other joint minus this one. All pairs hold y before x: first all y channels, then all x channels.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

RADIUS = 32.0
SURE = 6.0
TREE = (
    *((0, 1), (1, 3), (0, 2), (2, 4), (0, 5), (5, 7), (7, 9), (5, 11)),
    *((11, 13), (13, 15), (0, 6), (6, 8), (8, 10), (6, 12), (12, 14), (14, 16)),
)
STANDING = np.array(
    [
        *((50, 8), (56, 5), (44, 5), (64, 8), (36, 8), (78, 25), (22, 25), (90, 42), (10, 42)),
        *((96, 58), (4, 58), (68, 58), (32, 58), (70, 78), (30, 78), (72, 98), (28, 98)),
    ]
)
"""A person who stands, in percent of the box: x, y of COCO-17's joints."""


class Maps(NamedTuple):
    """The network's four outputs: logits, offsets, displacements forward and backward; batch of 1, NHWC."""

    logits: Array
    offsets: Array
    forward: Array
    backward: Array


def encode(
    keypoints: NDArray[np.float64],
    sides: tuple[int, int],
    stride: int,
    seen: NDArray[np.bool_] | None = None,
    labelled: NDArray[np.bool_] | None = None,
) -> Maps:
    """Encode keypoints (N, 17, 2) for an input of sides height, width.

    A joint that is not ``seen`` (N, 17) has no disc of logits; one that is not ``labelled`` (N, 17) has no offsets
    and no displacements from or to it either.
    """
    height, width = ((side - 1) // stride + 1 for side in sides)
    logits = np.full((height, width, 17), -SURE)
    offsets, forward, backward = (np.zeros((height, width, 2, channels)) for channels in (17, 16, 16))
    places = np.stack(np.mgrid[:height, :width], axis=-1) * float(stride)  # y, x
    known = np.ones(keypoints.shape[:2], bool) if labelled is None else labelled
    visible = known if seen is None else seen & known
    for joint in range(17):
        for person, disc, away in _discs(keypoints[:, joint, ::-1], known[:, joint], places):
            offsets[disc, :, joint] = away[disc]
            logits[disc, joint] = SURE if visible[person, joint] else -SURE
            for edge in _edges_of(joint, known[person]):
                parent, child = keypoints[person, TREE[edge], ::-1]
                if joint == TREE[edge][0]:
                    forward[disc, :, edge] = child - parent
                else:
                    backward[disc, :, edge] = parent - child
    fields = (field.reshape(1, height, width, -1) for field in (offsets, forward, backward))
    return Maps(*(np.asarray(part, np.float32) for part in (logits[None], *fields)))


def _discs(
    centres: NDArray[np.float64], known: NDArray[np.bool_], places: NDArray[np.float64]
) -> Iterator[tuple[int, NDArray[np.bool_], NDArray[np.float64]]]:
    """Give each known person's cells (H, W) of one joint and the way from every cell to the joint (H, W, 2)."""
    away = centres[:, None, None] - places
    distances = np.where(known[:, None, None], np.hypot(away[..., 0], away[..., 1]), np.inf)
    for person in np.flatnonzero(known).tolist():
        nearest = distances.argmin(axis=0) == person
        yield person, nearest & (distances[person] <= RADIUS), away[person]


def _edges_of(joint: int, known: NDArray[np.bool_]) -> list[int]:
    """Give the edges from or to the joint whose other end is known too."""
    return [edge for edge, ends in enumerate(TREE) if joint in ends and known[list(ends)].all()]


def side_by_side(
    persons: int, sides: tuple[int, int], rows: int, gap: float = 5.0, seed: int = 0
) -> NDArray[np.float64]:
    """Give persons (N, 17, 2) in rows that fill the picture; between neighbours' boxes lie ``gap`` px."""
    chance = np.random.default_rng(seed)
    columns = -(-persons // rows)
    box = np.array([(sides[1] - 1 + gap) / columns - gap, (sides[0] - 1 + gap) / rows - gap])
    shapes = STANDING + chance.uniform(-4, 4, (persons, 17, 2))
    low, high = shapes.min(axis=1, keepdims=True), shapes.max(axis=1, keepdims=True)
    corners = np.array([(place % columns, place // columns) for place in range(persons)]) * (box + gap)
    return (shapes - low) / (high - low) * box + corners[:, None]


def crowd(persons: int, seed: int = 0) -> tuple[list[Array], dict[str, float]]:
    """Give the outputs of a 513x513 input at stride 16 with so many persons, as a real network has them.

    A joint's logit falls off towards the rim of its disc, and everything carries a little noise.
    """
    sides, stride = (513, 513), 16
    chance = np.random.default_rng(seed)
    maps = encode(side_by_side(persons, sides, rows=2 if persons > 2 else 1, seed=seed), sides, stride)
    rows = maps.offsets.reshape(*maps.offsets.shape[:3], 2, 17)
    falling = (np.hypot(rows[..., 0, :], rows[..., 1, :]) / RADIUS) ** 2 * SURE * 1.5 * (maps.logits > 0)
    noisy = Maps(maps.logits - falling.astype(np.float32), *maps[1:])
    spread = Maps(0.3, 0.5, 1.0, 1.0)
    outputs = [
        (part + chance.normal(0, scale, part.shape)).astype(np.float32)
        for part, scale in zip(noisy, spread, strict=True)
    ]
    return outputs, {"height": 513, "width": 513, "min_score": 0.25, "joints": 17}
