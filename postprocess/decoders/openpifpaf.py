"""OpenPifPaf: fields of joints, CIF [1, 17, 5, h, w], and of limbs, CAF [1, 19, 8, h, w], at a stride of 8 or 16 px.

Source of the steps: Kreiss et al., PifPaf (CVPR 2019) and OpenPifPaf (T-ITS 2021), and their published settings.
From every seed that no earlier person has taken a person grows along the limbs; then, surest person first, joints at
a place that a surer person has taken are dropped. Letters in shapes: N persons, K = 17 joints.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from postprocess.boxes import boxes_of_keypoints
from postprocess.decoders.caf import LIMBS, Connection, Joint, connections
from postprocess.decoders.cif import ConfidenceMap, JointCells, joint_cells, seeds
from postprocess.decoders.pifpaf_growth import Person, grow
from postprocess.decoders.pifpaf_occupancy import Occupancy
from postprocess.decoders.result import DecodedPoses, DecodeOptions, single_output

_JOINTS = 17
_STRIDES = (8, 16)
_PRESENT = float(np.finfo(np.float32).tiny)  # the least score above 0


def decode_openpifpaf(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPoses:
    """Decode persons, best first; those below ``options.min_score`` (published: .15) are dropped.

    A person's score is the mean over all joints, its box lies around those that are there. Joints that were not found
    have score 0 and a place without meaning. A person of one lone joint has a score of 1 / 17 at most.

    Raises:
        OutputMismatch: if an output is missing, is not finite or does not fit the input's sides, or joints are not 17.
    """
    if options.joints != _JOINTS:
        raise OutputMismatch("openpifpaf", f"a skeleton of {_JOINTS} joints", f"{options.joints} joints")
    cif = single_output("openpifpaf", list(outputs), (1, _JOINTS, 5, None, None))[0]
    caf = single_output("openpifpaf", list(outputs), (1, len(LIMBS), 8, *cif.shape[2:]))[0]
    stride = _stride(cif.shape[2:], options)
    cells = joint_cells(cif, stride)
    shape = (_JOINTS, options.height, options.width)
    votes = ConfidenceMap(cells, shape)
    people = _grown(seeds(cells, votes), connections(caf, stride, votes), Occupancy(shape))
    return _decoded(_without_doubles(people, Occupancy(shape)), options.min_score)


def _stride(cells: tuple[int, ...], options: DecodeOptions) -> int:
    sides = (options.height, options.width)
    for stride in _STRIDES:
        if sides == ((cells[0] - 1) * stride + 1, (cells[1] - 1) * stride + 1):
            return stride
    wanted = f"fields of (side - 1) / stride + 1 with a stride of 8 or 16 for an input of {sides[0]}x{sides[1]}"
    raise OutputMismatch("openpifpaf", wanted, f"fields of {cells[0]}x{cells[1]}")


def _grown(starts: JointCells, links: Sequence[Connection], taken: Occupancy) -> list[Person]:
    """Grow a person from each seed whose place no earlier person's joint has taken, surest seed first."""
    people = []
    seed_rows = zip(starts.joints.tolist(), *(part.tolist() for part in starts[1:]), strict=True)
    for joint, score, x, y, scale in seed_rows:
        if not taken.covers(joint, x, y):
            people.append(grow(joint, Joint(x, y, scale, score), links))
            taken.add(people[-1])
    return people


def _without_doubles(people: list[Person], taken: Occupancy) -> list[Person]:
    """Give the persons, surest first, without their joints at places that a surer person's joint has taken.

    Published is to leave such a joint 1e-5 of its score, then to drop joints below .15: no other is below that.
    """
    kept = []
    for person in sorted(people, key=_score, reverse=True):
        kept.append({joint: found for joint, found in person.items() if not taken.covers(joint, found.x, found.y)})
        taken.add(person)
    return [person for person in kept if person]


def _score(person: Person) -> float:
    return sum(found.score for found in person.values()) / _JOINTS


def _decoded(people: list[Person], min_score: float) -> DecodedPoses:
    joints = np.zeros((len(people), _JOINTS, 3), np.float32)
    for row, person in zip(joints, people, strict=True):
        for joint, found in person.items():
            row[joint] = found.x, found.y, found.score
    scores = joints[..., 2].mean(axis=1)
    order = np.argsort(-scores, kind="stable")
    best = joints[order[scores[order] >= min_score]]
    keypoints, keypoint_scores = best[..., :2], best[..., 2]
    return DecodedPoses(
        keypoints=keypoints,
        keypoint_scores=keypoint_scores,
        boxes=boxes_of_keypoints(keypoints, keypoint_scores, _PRESENT, 0.0),
        scores=keypoint_scores.mean(axis=1),
    )
