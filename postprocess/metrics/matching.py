"""Which predicted person is which person of the truth, by OKS (object keypoint similarity).

P predicted persons of one image, G persons of its truth, K keypoints.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from postprocess.metrics.coco_results import ResultPerson
from postprocess.metrics.coco_truth import TruthPerson

MATCH_OKS = 0.5
"""The OKS from which a predicted person counts as found."""


def oks_table(
    found: Sequence[ResultPerson], persons: Sequence[TruthPerson], sigmas: tuple[float, ...]
) -> NDArray[np.float64]:
    """Give the OKS of every prediction with every person of the truth, (P, G) in [0, 1].

    As in COCO: the mean over the labelled joints of exp(-d² / (2 area (2 sigma)²)); for a person without any
    labelled joint, d is the distance to the threefold box, so that what lies there can be left out of count.
    """
    table = np.zeros((len(found), len(persons)))
    for row, result in enumerate(found):
        for column, person in enumerate(persons):
            table[row, column] = _oks(result, person, np.array(sigmas))
    return table


def match_greedily(table: NDArray[np.float64], least: float = MATCH_OKS) -> dict[int, int]:
    """Match as COCO does: each prediction in turn (rows best score first) takes its best free person.

    Gives {row: column} with OKS of at least ``least``; each person is taken once.
    """
    matches: dict[int, int] = {}
    free = np.ones(table.shape[1], bool)
    for row, similarities in enumerate(table):
        open_ones = np.where(free, similarities, -1.0)
        if open_ones.size and open_ones.max() >= least:
            matches[row] = int(open_ones.argmax())
            free[matches[row]] = False
    return matches


def match_best(table: NDArray[np.float64]) -> dict[int, int]:
    """Match so that the sum of all OKS is greatest; gives {column: row}, pairs of OKS 0 left out."""
    rows, columns = linear_sum_assignment(table, maximize=True)
    return {int(column): int(row) for row, column in zip(rows, columns, strict=True) if table[row, column] > 0}


def _oks(result: ResultPerson, person: TruthPerson, sigmas: NDArray[np.float64]) -> float:
    places = result.keypoints[:, :2]
    labelled = person.labelled
    if labelled.any():
        apart = (places - person.keypoints[:, :2])[labelled]
        sigmas = sigmas[labelled]
    else:
        corner, size = person.box[:2], person.box[2:]
        apart = np.maximum(corner - size - places, 0) + np.maximum(places - corner - 2 * size, 0)
    exponents = (apart**2).sum(axis=1) / (2 * sigmas) ** 2 / (person.area + np.spacing(1)) / 2
    return float(np.exp(-exponents).mean())
