"""OpenPifPaf's fields: CIF [1, 17, 5, h, w] and CAF [1, 19, 8, h, w], from the formulas of the published papers.

The 4 x 4 cells around a joint see it: each holds its place (in cells, its own place included) and its scale, the OKS
sigma of the joint times the square root of the area of the person's box. The cells along a limb see its two ends
alike. Of two persons that a cell could see it sees the nearer.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

JOINTS = 17
LIMBS = [[16, 14], [14, 12], [17, 15], [15, 13], [12, 13], [6, 12], [7, 13], [6, 7], [6, 8], [7, 9], [8, 10], [9, 11],
         [2, 3], [1, 2], [1, 3], [2, 4], [3, 5], [4, 6], [5, 7]]  # fmt: skip
"""COCO's skeleton as its files give it, counted from 1."""
SIGMAS = [
    .026, .025, .025, .035, .035, .079, .079, .072, .072, .062, .062, .107, .107, .087, .087, .089, .089,
]  # fmt: skip
HEIGHT, WIDTH = 481, 641

FIGURE = np.array(
    [
        (0, .08), (.02, .06), (-.02, .06), (.045, .07), (-.045, .07), (.11, .2), (-.11, .2), (.15, .36), (-.15, .36),
        (.17, .5), (-.17, .5), (.08, .52), (-.08, .52), (.085, .75), (-.085, .75), (.09, .97), (-.09, .97),
    ]
)  # fmt: skip
"""Somebody who stands and looks at the camera: x from the middle and y from the top, in heights of the person."""


def figure(x: float, y: float, height: float, seed: int | None = None) -> Array:
    """Keypoints (17, 2) px of somebody whose head's top is at x, y; with a seed in a posture of chance."""
    shift = 0 if seed is None else np.random.default_rng(seed).normal(0, 0.015, (JOINTS, 2))
    return (np.array([x, y]) + (FIGURE + shift) * height).astype(np.float32)


def silence(height: int = HEIGHT, width: int = WIDTH, stride: int = 8) -> list[Array]:
    """Fields of a picture without persons."""
    sides = ((height - 1) // stride + 1, (width - 1) // stride + 1)
    return [np.zeros((1, JOINTS, 5, *sides), np.float32), np.zeros((1, len(LIMBS), 8, *sides), np.float32)]


def scales(person: Array) -> Array:
    """Scales (17,) px of the joints of a person (17, 2)."""
    sides = person.max(axis=0) - person.min(axis=0)
    return (np.sqrt(sides.prod()) * np.array(SIGMAS)).astype(np.float32)


def write(field: Array, places: Array, numbers: list[float], nearest: Array) -> None:
    """Let the 4 x 4 cells around each of ``places`` (n, 2) cells see ``numbers``, where nobody is nearer."""
    rows, columns = np.indices(nearest.shape)
    low = np.floor(places) - 1
    across, down = columns[..., None] - low[:, 0], rows[..., None] - low[:, 1]
    around = ((across >= 0) & (across < 4) & (down >= 0) & (down < 4)).any(axis=2)
    distances = np.hypot(columns[..., None] - places[:, 0], rows[..., None] - places[:, 1]).min(axis=2)
    nearer = around & (distances < nearest)
    nearest[nearer] = distances[nearer]
    field[1:, nearer] = np.array(numbers)[:, None]


def fields(
    people: Array, height: int = HEIGHT, width: int = WIDTH, stride: int = 8, sure: Array | None = None
) -> list[Array]:
    """CIF and CAF of people (N, 17, 2) px; ``sure`` (N, 17), all 1 unless told, is 0 for joints that nobody sees."""
    cif, caf = silence(height, width, stride)
    seen = np.ones((len(people), JOINTS)) if sure is None else sure
    near_joint = np.full((JOINTS, *cif.shape[3:]), np.inf)
    near_limb = np.full((len(LIMBS), *cif.shape[3:]), np.inf)
    for person, confidences in zip(people, seen, strict=True):
        cells, sizes = person / stride, scales(person) / stride
        for joint in np.flatnonzero(confidences):
            numbers = [confidences[joint], *cells[joint], sizes[joint]]
            write(cif[0, joint], cells[joint, None], numbers, near_joint[joint])
        for limb, (first, second) in enumerate(np.array(LIMBS) - 1):
            confidence = min(confidences[first], confidences[second])
            if confidence:
                numbers = [confidence, *cells[first], *cells[second], sizes[first], sizes[second]]
                write(caf[0, limb], along(cells[first], cells[second]), numbers, near_limb[limb])
    return [cif, caf]


def along(first: Array, second: Array) -> Array:
    """Places (n, 2) from one end of a limb to the other, half a cell apart at most."""
    steps = int(2 * np.abs(second - first).max()) + 1
    return first + (second - first) * np.linspace(0, 1, steps + 1)[:, None]


def crowd(persons: int, seed: int = 0) -> tuple[list[Array], dict[str, float]]:
    """Fields as a network gives them: cells farther off are less sure and err more, and none is quite silent."""
    chance = np.random.default_rng(seed)
    columns = max(int(np.ceil(np.sqrt(2 * persons))), 1)
    rows = max(-(-persons // columns), 1)
    tall = min(400.0, HEIGHT / rows * 0.9)
    people = []
    for person in range(persons):
        x = (person % columns + 0.5 + chance.uniform(-0.2, 0.2)) * WIDTH / columns
        y = person // columns * HEIGHT / rows
        people.append(
            figure(x, y + chance.uniform(0, tall * 0.1), tall * chance.uniform(0.8, 1), int(chance.integers(99)))
        )
    cif, caf = fields(np.array(people, np.float32).reshape(-1, JOINTS, 2))
    for field, scale_from in ((cif, 4), (caf, 6)):
        values = field[0]
        seen = values[:, 1] > 0
        size = values[:, scale_from].copy()
        values[:, 1] = np.where(seen, chance.beta(6, 2, seen.shape), chance.uniform(0, 0.2, seen.shape) ** 2)
        places = values[:, 2:scale_from]
        places += (chance.normal(0, 0.15, places.shape) * size[:, None]).astype(np.float32)
        values[:, scale_from:] *= chance.uniform(0.9, 1.1, values[:, scale_from:].shape)
    return [cif, caf], {"height": HEIGHT, "width": WIDTH, "min_score": 0.15, "joints": JOINTS}
