"""BlazePose: tensors of its detector and of its landmark network, from the published layout."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

SIDE = 224
CROP = 256
JOINTS, ROWS = 33, 39
STRIDE = 4
NOBODY = -40.0  # a logit: nothing is there


def anchors() -> list[tuple[float, float]]:
    """Centres of the anchors as shares of the input: strides 8 and 16 twice a cell, then 32 six times, row by row."""
    return [
        ((x + 0.5) * stride / SIDE, (y + 0.5) * stride / SIDE)
        for stride, per_cell in ((8, 2), (16, 2), (32, 6))
        for y in range(SIDE // stride)
        for x in range(SIDE // stride)
        for _ in range(per_cell)
    ]


ANCHORS = anchors()


def logit(share: float) -> float:
    return float(np.log(share / (1 - share))) if 0 < share < 1 else float(np.sign(share - 0.5)) * 100.0


def silent_detector() -> list[Array]:
    """[1, 2254, 12] and [1, 2254, 1] of a picture without persons."""
    return [np.zeros((1, len(ANCHORS), 12), np.float32), np.full((1, len(ANCHORS), 1), NOBODY, np.float32)]


def plant(outputs: list[Array], anchor: int, box: Array, points: Array, score: float) -> None:
    """Write a box (4,) and points (4, 2), both px of the input, into the row of an anchor."""
    x, y = ANCHORS[anchor][0] * SIDE, ANCHORS[anchor][1] * SIDE
    row = [(box[0] + box[2]) / 2 - x, (box[1] + box[3]) / 2 - y, box[2] - box[0], box[3] - box[1]]
    for point in points:
        row += [point[0] - x, point[1] - y]
    outputs[0][0, anchor] = row
    outputs[1][0, anchor, 0] = logit(score)


def detector_crowd(persons: int, seed: int = 0) -> tuple[list[Array], dict[str, float]]:
    """Each person is seen by twelve anchors, not quite in the same place."""
    chance = np.random.default_rng(seed)
    outputs = silent_detector()
    order = chance.permutation(len(ANCHORS))
    columns = int(np.ceil(np.sqrt(persons)))
    cell = SIDE / columns
    for person in range(persons):
        corner = np.array([person % columns, person // columns]) * cell
        for anchor in order[person * 12 : person * 12 + 12]:
            low = corner + cell * 0.2 + chance.normal(0, cell * 0.02, 2)
            box = np.concatenate([low, low + cell * 0.6])
            plant(outputs, int(anchor), box, chance.uniform(0, SIDE, (4, 2)), chance.uniform(0.5, 0.95))
    return outputs, {"height": SIDE, "width": SIDE, "min_score": 0.5, "joints": JOINTS}


def silent_heatmaps(persons: int) -> Array:
    """[N, 64, 64, 39] logits of maps that are sure of nothing."""
    return np.full((persons, CROP // STRIDE, CROP // STRIDE, ROWS), NOBODY, np.float32)


def draw(heatmap: Array, point: Array) -> None:
    """Write logits into a map (64, 64) whose probabilities have their mean at ``point`` px: the four cells around."""
    x, y = float(point[0]) / STRIDE, float(point[1]) / STRIDE
    left, top = min(int(x), len(heatmap) - 2), min(int(y), len(heatmap) - 2)
    shares = np.outer([1 - (y - top), y - top], [1 - (x - left), x - left])
    shares = np.maximum(shares / shares.max() * 0.9, 1e-12)
    heatmap[top : top + 2, left : left + 2] = np.log(shares / (1 - shares))


def landmark_outputs(
    places: Array, depths: Array, shares: Array, world: Array, presence: Array, heatmaps: Array
) -> list[Array]:
    """The five outputs of N crops in the order of the .tflite file.

    ``places`` (N, 39, 2) and ``depths`` (N, 39) px of the crop, visibility ``shares`` (N, 39), ``world`` (N, 39, 3)
    metres, ``presence`` (N,), ``heatmaps`` (N, 64, 64, 39) logits or probabilities.
    """
    rows = np.zeros((len(places), ROWS, 5), np.float32)
    rows[..., :2], rows[..., 2] = places, depths
    rows[..., 3] = np.reshape([logit(float(share)) for share in shares.ravel()], shares.shape)
    rows[..., 4] = 3.0
    count = len(places)
    segmentation = np.full((count, CROP, CROP, 1), -3.0, np.float32)
    flat = rows.reshape(count, ROWS * 5)
    return [
        flat,
        np.asarray(presence, np.float32).reshape(-1, 1),
        segmentation,
        heatmaps,
        world.reshape(count, ROWS * 3).astype(np.float32),
    ]


def people(persons: int, seed: int) -> tuple[Array, Array, Array, Array, Array]:
    """Places (N, 39, 2), depths (N, 39), shares (N, 39), world (N, 39, 3) and presence (N,) of people of chance."""
    chance = np.random.default_rng(seed)
    return (
        chance.uniform(12, CROP - 16, (persons, ROWS, 2)).astype(np.float32),
        chance.uniform(-200, 200, (persons, ROWS)).astype(np.float32),
        chance.uniform(0.01, 0.99, (persons, ROWS)).astype(np.float32),
        chance.uniform(-1, 1, (persons, ROWS, 3)).astype(np.float32),
        chance.uniform(0, 1, persons).astype(np.float32),
    )


def sharp_heatmaps(places: Array) -> Array:
    """[N, 64, 64, 39] logits whose means are ``places`` (N, 39, 2) px."""
    maps = silent_heatmaps(len(places))
    for person, points in enumerate(places):
        for joint, point in enumerate(points):
            draw(maps[person, :, :, joint], point)
    return maps


def landmark_crowd(persons: int, seed: int = 0) -> tuple[list[Array], dict[str, float]]:
    """Crops of so many persons, regressed places a few px beside what the heatmaps say."""
    places, *rest = people(persons, seed)
    beside = places + np.random.default_rng(seed + 1).uniform(-6, 6, places.shape).astype(np.float32)
    outputs = landmark_outputs(beside, *rest, sharp_heatmaps(places))
    return outputs, {"height": CROP, "width": CROP, "min_score": 0.0, "joints": JOINTS}


def crowd(persons: int, seed: int = 0) -> tuple[list[Array], dict[str, float]]:
    """The landmark network's; the detector's is ``detector_crowd``."""
    return landmark_crowd(persons, seed)
