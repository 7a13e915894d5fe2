"""F1 over keypoints: are the joints that are claimed right, and are all of them claimed?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from postprocess.metrics.coco_results import ResultPerson, best_of
from postprocess.metrics.coco_truth import CocoTruth, TruthPerson
from postprocess.metrics.matching import MATCH_OKS, match_greedily, oks_table

LEAST_SCORE = 0.3
"""A joint with a lower score is not claimed."""

# A joint exactly on the border is right, whatever the last bit of the distance says.
_BORDER = 1 + 1e-9


@dataclass(frozen=True)
class JointCounts:
    """Joints of many images: claimed by the predictions, labelled in the truth, and right."""

    right: int = 0
    claimed: int = 0
    labelled: int = 0

    @property
    def f1(self) -> float | None:
        """2PR / (P + R) with P = right / claimed and R = right / labelled; None if nothing is labelled."""
        return 2 * self.right / (self.claimed + self.labelled) if self.labelled else None


def count_joints(truth: CocoTruth, results: Sequence[ResultPerson]) -> JointCounts:
    """Count joints over all images.

    Predicted persons are matched to those of the truth as COCO does, at OKS .5 and more. A joint is right when its
    score is at least .3 and its distance at most 2 sigma sqrt(area), where its OKS share is e^-0.5.
    Labelled: every labelled joint of a person that counts (no crowd). Claimed: joints of score .3 and more; of a
    matched person only those whose joint is labelled, as the truth says nothing of the others; of an unmatched one
    all, unless it fits a crowd or a person without labels (OKS .5, as COCO leaves those out).
    """
    right = claimed = labelled = 0
    sigmas = np.array(truth.skeleton.sigmas)
    for image_id in truth.image_ids:
        everybody = truth.persons_of(image_id)
        persons = [person for person in everybody if person.counts]
        found = best_of(results, image_id)
        matches = match_greedily(oks_table(found, persons, truth.skeleton.sigmas))
        left_out = _left_out(found, [person for person in everybody if not person.counts], truth.skeleton.sigmas)
        labelled += sum(int(person.labelled.sum()) for person in persons)
        for row, result in enumerate(found):
            sure = result.keypoints[:, 2] >= LEAST_SCORE
            if row in matches:
                person = persons[matches[row]]
                claimed += int((sure & person.labelled).sum())
                right += int((sure & person.labelled & _near(result, person, sigmas)).sum())
            elif not left_out[row]:
                claimed += int(sure.sum())
    return JointCounts(right, claimed, labelled)


def _left_out(
    found: Sequence[ResultPerson], regions: Sequence[TruthPerson], sigmas: tuple[float, ...]
) -> NDArray[np.bool_]:
    closest: NDArray[np.float64] = oks_table(found, regions, sigmas).max(axis=1, initial=0.0)
    return closest >= MATCH_OKS


def _near(result: ResultPerson, person: TruthPerson, sigmas: NDArray[np.float64]) -> NDArray[np.bool_]:
    apart = np.linalg.norm(result.keypoints[:, :2] - person.keypoints[:, :2], axis=1)
    near: NDArray[np.bool_] = apart <= 2 * sigmas * np.sqrt(person.area) * _BORDER
    return near
