"""Outputs of detectors that hand out finished finds: RTMDet and CenterNet."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
PLACES = 100  # of CenterNet


class Finds(NamedTuple):
    """boxes (N, 4) px, scores (N,), classes (N,), 0 a person."""

    boxes: Array
    scores: Array
    classes: NDArray[np.int64]

    def rows(self, which: slice | list[int] | NDArray[np.bool_]) -> "Finds":
        """Give these finds."""
        return Finds(*(part[which] for part in self))


def finds(count: int, seed: int, size: tuple[int, int], others: int = 0) -> Finds:
    """So many persons and other things in an input (height, width), best first as the networks sort them."""
    chance = np.random.default_rng(seed)
    corners = np.sort(chance.uniform(0, [size[1], size[0]], (count + others, 2, 2)), axis=1)
    scores = -np.sort(-chance.uniform(0.35, 1, count + others))
    classes = chance.permutation(np.concatenate([np.zeros(count, np.int64), chance.integers(1, 80, others)]))
    return Finds(corners.reshape(-1, 4), scores, classes)


def encode_rtmdet(truth: Finds) -> list[NDArray[Any]]:
    """[1, M, 5]: x1, y1, x2, y2, score; and the classes [1, M] as whole numbers."""
    dets = np.concatenate([truth.boxes, truth.scores[:, None]], axis=1).astype(np.float32)
    return [dets[None], truth.classes.astype(np.int64)[None]]


def encode_centernet(truth: Finds) -> list[Array]:
    """[1, 100, 6]: x1, y1, x2, y2, score, class; the places left over hold faint finds of class 0."""
    output = np.zeros((1, PLACES, 6), np.float32)
    output[0, :, 2:4] = 20.0
    output[0, :, 4] = 0.01
    output[0, : len(truth.scores)] = np.concatenate(
        [truth.boxes, truth.scores[:, None], truth.classes[:, None]], axis=1
    )
    return [output]


def crowd_rtmdet(persons: int, seed: int = 0) -> tuple[list[NDArray[Any]], dict[str, Any]]:
    """So many persons and twenty other things, and what DecodeOptions takes."""
    return encode_rtmdet(finds(persons, seed, (640, 640), others=20)), {"height": 640, "width": 640, "min_score": 0.3}


def crowd_centernet(persons: int, seed: int = 0) -> tuple[list[Array], dict[str, Any]]:
    """So many persons and twenty other things, and what DecodeOptions takes."""
    truth = finds(persons, seed, (512, 512), others=20)
    return encode_centernet(truth), {"height": 512, "width": 512, "min_score": 0.3}
