"""The persons of a COCO result file, checked against the truth that they answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posestream.errors import InputError
from posestream.schemas.checks import freeze_arrays
from postprocess.metrics.coco_fields import (
    PERSON,
    field_of,
    finite_number,
    finite_numbers,
    list_of,
    object_of,
    whole_number,
)
from postprocess.metrics.coco_truth import CocoTruth

MOST_PERSONS = 20
"""COCO looks at this many persons of an image, the best scored ones."""


@dataclass(frozen=True, eq=False)
class ResultPerson:
    """A person that somebody found: keypoints (K, 3) x, y in px and score of the joint; ``score`` of the person."""

    image_id: int
    keypoints: NDArray[np.float64]
    score: float

    def __post_init__(self) -> None:
        """Make the array read-only."""
        freeze_arrays(self, {"keypoints": (np.float64, (None, 3))})


def read_results(rows: object, truth: CocoTruth) -> tuple[ResultPerson, ...]:
    """Check the parsed JSON of a COCO result file; no row at all is a legal answer.

    Raises:
        InputError: one line that names the row and what was wanted.
    """
    known = set(truth.image_ids)
    joints = len(truth.skeleton.keypoints)
    return tuple(
        _result(row, f"results[{number}]", known, joints) for number, row in enumerate(list_of(rows, "results"))
    )


def best_of(results: Sequence[ResultPerson], image_id: int) -> list[ResultPerson]:
    """Give an image's persons, best score first, 20 at most; equal scores keep their order."""
    found = [result for result in results if result.image_id == image_id]
    return sorted(found, key=lambda result: -result.score)[:MOST_PERSONS]


def _result(row: object, where: str, known: set[int], joints: int) -> ResultPerson:
    item = object_of(row, where)
    image_id = whole_number(item, "image_id", where)
    if image_id not in known:
        raise InputError(f"{where}.image_id: the truth has no image {image_id}")
    category = whole_number(item, "category_id", where)
    if category != PERSON:
        raise InputError(f"{where}.category_id: wanted {PERSON} (person), got {category}")
    keypoints = finite_numbers(field_of(item, "keypoints", where), joints * 3, f"{where}.keypoints")
    return ResultPerson(
        image_id=image_id,
        keypoints=np.array(keypoints, np.float64).reshape(joints, 3),
        score=finite_number(field_of(item, "score", where), f"{where}.score"),
    )
