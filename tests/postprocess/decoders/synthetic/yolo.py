"""YOLO heads of v8 (and 11) and of 26: raw numbers from the inverted grid, then the published formula in float32.

Per anchor a (centre of its cell, in cells) at stride s:
v8: joint = (2 raw + a - .5) s; sides l, t, r, b = expectation of softmax(16 logits) over 0..15, times s.
26: joint = (raw + a) s; sides = raw s (no distribution).
Both: scores = sigmoid(raw). The one-to-many head gives [1, 4 + C + 3 K, A] with cx, cy, w, h; the end-to-end one the
best 300 anchors as [1, 300, 6 + 3 K] with x1, y1, x2, y2, score, class.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
STRIDES = (8, 16, 32)
BINS = 16
NEVER = -60.0  # a logit whose share of the softmax is nothing
NOBODY = -12.0  # a class logit of background
PLACES = 300


class People(NamedTuple):
    """keypoints (N, K, 2) px, joint_scores (N, K), boxes (N, 4) px, scores (N,)."""

    keypoints: Array
    joint_scores: Array
    boxes: Array
    scores: Array

    def rows(self, which: int | slice | list[int] | NDArray[np.int64]) -> "People":
        """Give these persons."""
        return People(*(part[which] for part in self))

    def best_first(self) -> "People":
        """Give them by falling score."""
        return self.rows(np.argsort(-self.scores))


class Grid(NamedTuple):
    """anchors (A, 2) in cells, strides (A, 1) and, per stride, its first anchor and its columns."""

    anchors: Array
    strides: Array
    levels: dict[int, tuple[int, int]]


def grid(size: tuple[int, int]) -> Grid:
    """Give the anchors of an input (height, width): row by row, stride by stride."""
    anchors, strides, levels, first = [], [], {}, 0
    for stride in STRIDES:
        y, x = np.mgrid[: size[0] // stride, : size[1] // stride]
        anchors.append(np.stack([x.ravel(), y.ravel()], axis=1) + 0.5)
        strides.append(np.full((x.size, 1), stride))
        levels[stride] = first, size[1] // stride
        first += x.size
    return Grid(np.concatenate(anchors).astype(np.float32), np.concatenate(strides).astype(np.float32), levels)


def people(persons: int, seed: int, size: tuple[int, int], joints: int = 17) -> People:
    """People of chance who stand beside each other in an input (height, width)."""
    chance = np.random.default_rng(seed)
    columns = int(np.ceil(np.sqrt(persons * size[1] / size[0])))
    room = np.array([size[1] / columns, size[0] / np.ceil(persons / columns)])
    place = np.stack([np.arange(persons) % columns, np.arange(persons) // columns], axis=1)
    low = (place + chance.uniform(0.05, 0.25, (persons, 2))) * room
    high = (place + chance.uniform(0.7, 0.95, (persons, 2))) * room
    keypoints = chance.uniform(low[:, None], high[:, None], (persons, joints, 2))
    scores = chance.permutation(np.linspace(0.3, 0.98, persons))
    return People(keypoints, chance.uniform(0.01, 0.99, (persons, joints)), np.concatenate([low, high], 1), scores)


def beside(box: Array, overlap: float) -> Array:
    """Give the box moved to the right so far that both share ``overlap`` (intersection over union)."""
    away = (box[2] - box[0]) * (1 - overlap) / (1 + overlap)
    return box + np.array([away, 0, away, 0])


def raw_head(
    truth: People, size: tuple[int, int], generation: int, *, strides: Iterable[int] = (), copies: int = 0
) -> Array:
    """Give the raw numbers (A, sides + 1 + 3 K): 64 logits (v8) or 4 sides (26), class logit, joints.

    Each person goes to the anchor in the middle of its box, at the given stride or one that suits its size; and to
    ``copies`` anchors around that one, a little less sure of it.
    """
    its = grid(size)
    joints = truth.keypoints.shape[1]
    sides = 4 * BINS if generation == 8 else 4
    raw = np.zeros((len(its.anchors), sides + 1 + 3 * joints), np.float32)
    raw[:, sides] = NOBODY
    wanted = list(strides) or [_suiting(box) for box in truth.boxes]
    for person, stride in enumerate(wanted):
        for less, anchor in enumerate(_around(truth.boxes[person], stride, its)[: copies + 1]):
            assert raw[anchor, sides] == NOBODY, "two persons at one anchor"
            raw[anchor] = _numbers(truth.rows(person), its.anchors[anchor], stride, generation)
            raw[anchor, sides] -= 0.1 * less
    return raw


def one_to_many(raw: Array, size: tuple[int, int], generation: int, others: Array | None = None) -> Array:
    """Give [1, 4 + C + 3 K, A] of raw numbers; ``others`` (A, C - 1) are the scores of further classes."""
    corners, scores, joints = _computed(raw, size, generation)
    middles, lengths = (corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]
    more = np.zeros((len(raw), 0), np.float32) if others is None else others
    return np.concatenate([middles, lengths, scores, more, joints], axis=1).astype(np.float32).T[None]


def end_to_end(raw: Array, size: tuple[int, int]) -> Array:
    """Give [1, 300, 6 + 3 K] of raw numbers of generation 26."""
    corners, scores, joints = _computed(raw, size, 26)
    best = np.argsort(-scores[:, 0], kind="stable")[:PLACES]
    return np.concatenate([corners, scores, np.zeros_like(scores), joints], axis=1)[best][None]


def crowd(persons: int, seed: int = 0) -> tuple[list[Array], dict[str, Any]]:
    """Output of YOLO-pose v8 with nine anchors for each of so many persons, and what DecodeOptions takes."""
    size = (640, 640)
    raw = raw_head(people(persons, seed, size), size, 8, copies=8)
    return [one_to_many(raw, size, 8)], {"height": 640, "width": 640, "min_score": 0.25, "joints": 17}


def crowd_end_to_end(persons: int, seed: int = 0) -> tuple[list[Array], dict[str, Any]]:
    """The same of YOLO-pose 26."""
    size = (640, 640)
    raw = raw_head(people(persons, seed, size), size, 26)
    return [end_to_end(raw, size)], {"height": 640, "width": 640, "min_score": 0.25, "joints": 17}


def crowd_boxes(persons: int, seed: int = 0) -> tuple[list[Array], dict[str, Any]]:
    """The same of a YOLO v8 detector of 80 classes."""
    size = (640, 640)
    raw = raw_head(people(persons, seed, size, joints=0), size, 8, copies=8)
    others = np.random.default_rng(seed).uniform(0, 0.2, (len(raw), 79))
    return [one_to_many(raw, size, 8, others)], {"height": 640, "width": 640, "min_score": 0.25, "joints": 0}


def _suiting(box: Array) -> int:
    side = max(box[2] - box[0], box[3] - box[1])
    return 8 if side < 64 else 16 if side < 160 else 32


def _around(box: Array, stride: int, its: Grid) -> list[int]:
    """Give the anchor in the middle of the box, then those around it within the input."""
    first, columns = its.levels[stride]
    lines = int((its.strides[:, 0] == stride).sum()) // columns
    x, y = int((box[0] + box[2]) / 2 / stride), int((box[1] + box[3]) / 2 / stride)
    steps = sorted(((dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)), key=lambda step: abs(step[0]) + abs(step[1]))
    cells = [(x + dx, y + dy) for dx, dy in steps]
    return [first + row * columns + column for column, row in cells if 0 <= column < columns and 0 <= row < lines]


def _numbers(person: People, anchor: Array, stride: int, generation: int) -> Array:
    """Give the raw numbers of one person at one anchor: the formulas turned round."""
    away = person.keypoints / stride - anchor
    away = (away + 0.5) / 2 if generation == 8 else away
    sides = np.concatenate([anchor - person.boxes[:2] / stride, person.boxes[2:] / stride - anchor])
    if generation == 8:
        sides = np.concatenate([_logits(side) for side in sides])
    joints = np.concatenate([away, _logit(person.joint_scores)[:, None]], axis=1)
    return np.concatenate([sides, [_logit(person.scores)], joints.ravel()])


def _logits(side: float) -> Array:
    """16 logits whose softmax expectation is ``side``: all mass on the two whole numbers beside it."""
    assert 0 <= side <= BINS - 1, "no such box at this stride"
    below = min(int(side), BINS - 2)
    logits = np.full(BINS, NEVER)
    for number, share in ((below, 1 - (side - below)), (below + 1, side - below)):
        if share > 0:
            logits[number] = np.log(share)
    return logits


def _computed(raw: Array, size: tuple[int, int], generation: int) -> tuple[Array, Array, Array]:
    """Give corners (A, 4) px, scores (A, 1) and joints (A, 3 K) as the network computes them."""
    its = grid(size)
    split = 4 * BINS if generation == 8 else 4
    sides = raw[:, :split]
    if generation == 8:
        shares = np.exp(sides.reshape(-1, 4, BINS))
        sides = (shares / shares.sum(axis=2, keepdims=True)) @ np.arange(BINS, dtype=np.float32)
    corners = np.concatenate([its.anchors - sides[:, :2], its.anchors + sides[:, 2:]], axis=1) * its.strides
    joints = raw[:, split + 1 :].reshape(len(raw), -1, 3).copy()
    anchors, strides = its.anchors[:, None], its.strides[:, None]
    scale, shift = (2, 0.5) if generation == 8 else (1, 0.0)
    joints[..., :2] = (joints[..., :2] * np.float32(scale) + anchors - np.float32(shift)) * strides
    joints[..., 2] = _sigmoid(joints[..., 2])
    return corners, _sigmoid(raw[:, split : split + 1]), joints.reshape(len(raw), -1)


def _sigmoid(values: Array) -> Array:
    return 1 / (1 + np.exp(-values))


def _logit(shares: Array) -> Array:
    return np.log(shares / (1 - shares))
