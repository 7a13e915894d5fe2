"""Persons out of joints and limbs: limb by limb, whoever holds a limb's first joint gets its second one too.

If nobody holds it the limb begins a new person. The limbs from ear to shoulder only fill what a person lacks, and
count for nothing. Where a limb's one part was not found at all, each joint of its other part that nobody holds is a
person of one joint. A person counts if it has three joints or more, extremities apart, and scores .4 a joint or more
(Cao et al. 2017, and the published description of its post-processing).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from postprocess.decoders.heatmap_peaks import Peaks
from postprocess.decoders.openpose_parts import BodyModel
from postprocess.decoders.part_affinity import Pairs

_FEWEST_JOINTS = 3
_LEAST_PER_JOINT = 0.4


@dataclass
class Person:
    """``joints`` maps parts to peaks; ``counted`` of them came by limbs of the body; ``total`` sums peaks and limbs."""

    joints: dict[int, int]
    counted: set[int]
    total: float


def assemble(peaks: Peaks, pairs: Pairs, body: BodyModel) -> list[Person]:
    """Put persons together, in the order in which their first limbs come."""
    assembly = _Assembly(peaks, body)
    for limb, (first, second) in enumerate(body.limbs):
        if not assembly.has(first) or not assembly.has(second):
            assembly.add_single_joints(first)
            assembly.add_single_joints(second)
        chosen = slice(*np.searchsorted(pairs.limbs, [limb, limb + 1]))
        ends = zip(pairs.firsts[chosen].tolist(), pairs.seconds[chosen].tolist(), strict=True)
        for (a, b), score in zip(ends, pairs.scores[chosen].tolist(), strict=True):
            if limb in body.gap_limbs:
                assembly.fill((first, a), (second, b))
            else:
                assembly.join((first, a), (second, b), score)
    return [person for person in assembly.persons if _counts(person, body)]


def _counts(person: Person, body: BodyModel) -> bool:
    joints = len(person.counted - body.extremities)
    return joints >= _FEWEST_JOINTS and person.total / joints >= _LEAST_PER_JOINT


class _Assembly:
    """Persons on their way; joints are pairs of part and peak."""

    def __init__(self, peaks: Peaks, body: BodyModel) -> None:
        self.persons: list[Person] = []
        self._scores = peaks.scores.tolist()
        starts = np.searchsorted(peaks.parts, np.arange(body.parts + 1)).tolist()
        self._peaks = [range(start, end) for start, end in pairwise(starts)]
        self._holders: dict[int, list[Person]] = {}

    def has(self, part: int) -> bool:
        return len(self._peaks[part]) > 0

    def add_single_joints(self, part: int) -> None:
        for peak in self._peaks[part]:
            if peak not in self._holders:
                self._add(Person({part: peak}, {part}, self._scores[peak]))

    def join(self, first: tuple[int, int], second: tuple[int, int], score: float) -> None:
        (_, a), (part, b) = first, second
        for person in self._holders.get(a, []):
            person.joints[part] = b
            person.counted.add(part)
            person.total += self._scores[b] + score
            self._holders.setdefault(b, []).append(person)
        if a not in self._holders:
            parts = dict([first, second])
            self._add(Person(parts, set(parts), self._scores[a] + self._scores[b] + score))

    def fill(self, first: tuple[int, int], second: tuple[int, int]) -> None:
        for (_, held), (lacking, peak) in ((first, second), (second, first)):
            for person in self._holders.get(held, []):
                if lacking not in person.joints:
                    person.joints[lacking] = peak

    def _add(self, person: Person) -> None:
        self.persons.append(person)
        for peak in person.joints.values():
            self._holders.setdefault(peak, []).append(person)
