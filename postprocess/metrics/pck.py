"""PCK@0.2 of the torso: the share of labelled joints found within a fifth of the torso's length."""

from collections.abc import Sequence

import numpy as np

from posestream.skeletons import Skeleton
from postprocess.metrics.coco_results import ResultPerson, best_of
from postprocess.metrics.coco_truth import CocoTruth, TruthPerson
from postprocess.metrics.matching import match_best, oks_table

REACH = 0.2
LEAST_JOINTS = 5
LEAST_HEIGHT_PX = 32.0
LEAST_TORSO_PX = 8.0
TORSO_OF_BOX = 0.3

# A joint exactly on the border is right, whatever the last bit of the distance says.
_BORDER = 1 + 1e-9


def torso_pck(truth: CocoTruth, results: Sequence[ResultPerson]) -> float | None:
    """Give PCK@0.2 in [0, 1]; None if there is no joint to ask for.

    Asked for are the labelled joints of persons with at least 5 of them and a box of at least 32 px height, crowds
    left out. Predictions and persons are matched so that the sum of their OKS is greatest; the joints of a person
    without a match count as missed. Scores of joints play no part: a joint is where the prediction puts it.
    """
    right = asked = 0
    for image_id in truth.image_ids:
        persons = [person for person in truth.persons_of(image_id) if asks_for(person)]
        found = best_of(results, image_id)
        matches = match_best(oks_table(found, persons, truth.skeleton.sigmas))
        asked += sum(int(person.labelled.sum()) for person in persons)
        right += sum(_right_joints(found[row], persons[column], truth.skeleton) for column, row in matches.items())
    return right / asked if asked else None


def asks_for(person: TruthPerson) -> bool:
    """Whether PCK counts this person: enough joints and pixels to judge by."""
    return not person.crowd and int(person.labelled.sum()) >= LEAST_JOINTS and person.box[3] >= LEAST_HEIGHT_PX


def torso_length(person: TruthPerson, skeleton: Skeleton) -> float:
    """Give the length in px from the middle of the shoulders to the middle of the hips.

    Where the truth lacks one of the four, or where they lie within 8 px (a view from above), .3 of the longer side
    of the box stands for it.
    """
    shoulders, hips = (
        [skeleton.index(f"{side}_{joint}") for side in ("left", "right")] for joint in ("shoulder", "hip")
    )
    if person.labelled[shoulders + hips].all():
        middle = person.keypoints[shoulders, :2].mean(axis=0) - person.keypoints[hips, :2].mean(axis=0)
        length = float(np.hypot(*middle))
        if length >= LEAST_TORSO_PX:
            return length
    return TORSO_OF_BOX * float(person.box[2:].max())


def _right_joints(result: ResultPerson, person: TruthPerson, skeleton: Skeleton) -> int:
    apart = np.linalg.norm(result.keypoints[:, :2] - person.keypoints[:, :2], axis=1)
    near = apart <= REACH * torso_length(person, skeleton) * _BORDER
    return int((near & person.labelled).sum())
