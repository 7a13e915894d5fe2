"""OpenPose's post-processing word by word: all maps upsampled by 8, every pixel and every pair looked at.

Slow, and meant to be read beside the published description; it shares nothing with the decoder.
"""

from dataclasses import dataclass
from math import floor, hypot, sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from synthetic.openpose import Array, Layout

Fine = NDArray[np.float64]
Peak = tuple[float, float, float]  # x, y, score
Ends = tuple[int, int, float]  # rows of the two peaks, score
EARS_AND_SHOULDERS = {18: (17, 18), 25: (18, 19)}
FEET = {18: (), 25: (19, 20, 21, 22, 23, 24)}


@dataclass
class PlainPerson:
    peaks: dict[int, int]
    count: int
    feet: int
    total: float


def upsampled(maps: Array) -> Fine:
    return np.stack([cv2.resize(np.float64(m), None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC) for m in maps])


def plain_peaks(fine: Fine) -> list[Peak]:
    height, width = fine.shape
    centre = fine[1:-1, 1:-1]
    shifts = [(dy, dx) for dy in (0, 1, 2) for dx in (0, 1, 2) if (dy, dx) != (1, 1)]
    around = np.max([fine[dy : dy + height - 2, dx : dx + width - 2] for dy, dx in shifts], axis=0)
    above = centre > around
    for ring in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        above[ring] = (centre >= around)[ring]
    peaks = []
    for y, x in np.argwhere(above & (centre > 0.05)) + 1:
        mass = across = down = 0.0
        for v in range(max(0, y - 3), min(height, y + 4)):
            for u in range(max(0, x - 3), min(width, x + 4)):
                if fine[v, u] > 0:
                    mass, across, down = mass + fine[v, u], across + u * fine[v, u], down + v * fine[v, u]
        peaks.append((across / mass + 0.5, down / mass + 0.5, float(fine[y, x])))
    return peaks[:127]


def plain_score(a: Peak, b: Peak, field: Fine) -> float:
    """Score of one pair on the fine field (2, H, W)."""
    height, width = field.shape[1:]
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = hypot(dx, dy)
    n = min(25, max(5, floor(sqrt(5 * max(abs(dx), abs(dy))) + 0.5)))
    kept = []
    for k in range(n if length > 0 else 0):
        x = min(width - 1, max(0, floor(a[0] + k * dx / n + 0.5)))
        y = min(height - 1, max(0, floor(a[1] + k * dy / n + 0.5)))
        along = (dx * field[0, y, x] + dy * field[1, y, x]) / length
        if along > 0.05:
            kept.append(along)
    if len(kept) / n > 0.95:
        return sum(kept) / len(kept)
    return 0.05 + 1e-6 if length < sqrt(width * height) / 150 else 0.0


def plain_limbs(firsts: list[Peak], seconds: list[Peak], field: Fine) -> list[Ends]:
    pairs = [(i, j, plain_score(a, b, field)) for i, a in enumerate(firsts) for j, b in enumerate(seconds)]
    chosen: list[Ends] = []
    for i, j, score in sorted(pairs, key=lambda pair: -pair[2]):
        if score > 0 and all(i != other[0] and j != other[1] for other in chosen):
            chosen.append((i, j, score))
    return chosen


def plain_persons(peaks: list[list[Peak]], fields: Fine, layout: Layout) -> list[PlainPerson]:
    persons: list[PlainPerson] = []
    feet = FEET[layout.joints]
    for limb, ((first, second), channel) in enumerate(zip(layout.limbs, layout.channels, strict=True)):
        if not peaks[first] or not peaks[second]:
            for part in (first, second):
                plain_single_joints(persons, part, peaks[part], part in feet)
            continue
        for ends in plain_limbs(peaks[first], peaks[second], fields[channel : channel + 2]):
            if limb in EARS_AND_SHOULDERS[layout.joints]:
                plain_fill(persons, first, second, ends)
            else:
                plain_join(persons, (first, second), ends, peaks, feet)
    body = [(person, person.count - person.feet) for person in persons]
    return [person for person, joints in body if joints >= 3 and person.total / joints >= 0.4]


def plain_single_joints(persons: list[PlainPerson], part: int, peaks: list[Peak], is_foot: bool) -> None:
    for i, peak in enumerate(peaks):
        if all(person.peaks.get(part) != i for person in persons):
            persons.append(PlainPerson({part: i}, 1, is_foot, peak[2]))


def plain_fill(persons: list[PlainPerson], first: int, second: int, ends: Ends) -> None:
    for person in persons:
        if person.peaks.get(first) == ends[0] and second not in person.peaks:
            person.peaks[second] = ends[1]
        elif person.peaks.get(second) == ends[1] and first not in person.peaks:
            person.peaks[first] = ends[0]


def plain_join(
    persons: list[PlainPerson], limb: tuple[int, int], ends: Ends, peaks: list[list[Peak]], feet: tuple[int, ...]
) -> None:
    (first, second), (i, j, score) = limb, ends
    holders = [person for person in persons if person.peaks.get(first) == i]
    for person in holders:
        person.peaks[second] = j
        person.count += 1
        person.feet += second in feet
        person.total += peaks[second][j][2] + score
    if not holders:
        total = peaks[first][i][2] + peaks[second][j][2] + score
        persons.append(PlainPerson({first: i, second: j}, 2, (first in feet) + (second in feet), total))


def plain_road(whole: Array, layout: Layout) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Joints (N, K, 3) as x, y, score (all NaN if lacking) and scores (N,) of an output [1, C, h, w]."""
    fine = upsampled(whole[0])
    peaks = [plain_peaks(each) for each in fine[: layout.joints]]
    persons = plain_persons(peaks, fine[layout.joints + 1 :], layout)
    joints = np.full((len(persons), layout.joints, 3), np.nan)
    for row, person in enumerate(persons):
        for part, peak in person.peaks.items():
            joints[row, part] = peaks[part][peak]
    totals = np.array([person.total for person in persons])
    return joints, np.clip(totals / (layout.joints + len(layout.limbs)), 0, 1)
