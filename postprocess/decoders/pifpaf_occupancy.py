"""Which places are taken: a joint found keeps others of its kind away from the square around it.

Source: Kreiss et al., OpenPifPaf (T-ITS 2021): the square reaches one scale of the joint to each side.
"""

import numpy as np

from postprocess.decoders.pifpaf_growth import Person


class Occupancy:
    """For each of K joints the pixels of the picture that are taken; a place outside counts as the nearest inside."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        """Begin with nothing taken; ``shape`` is (K, H, W)."""
        self._taken = np.zeros(shape, np.bool_)
        self._bottom, self._right = shape[1] - 1, shape[2] - 1

    def covers(self, joint: int, x: float, y: float) -> bool:
        """Tell whether the pixel nearest to a place is taken for a joint."""
        return bool(self._taken[joint, _pixel(y, self._bottom), _pixel(x, self._right)])

    def add(self, person: Person) -> None:
        """Take the squares around all joints of a person."""
        for joint, (x, y, scale, _) in person.items():
            rows = slice(_pixel(y - scale, self._bottom), _pixel(y + scale, self._bottom) + 1)
            columns = slice(_pixel(x - scale, self._right), _pixel(x + scale, self._right) + 1)
            self._taken[joint, rows, columns] = True


def _pixel(place: float, last: int) -> int:
    return min(max(int(place + 0.5), 0), last)
