"""For how long a picture shows nothing new.

A sensor has noise, so that no two pictures of a real scene are the same. A camera that saves bits may repeat one
picture exactly until the next keyframe, though, for 20 seconds and more; the keyframe then brings noise that was not
seen before. A frozen picture that is coded again and again differs from keyframe to keyframe, too, but it comes back
to the same few pictures. So looks are compared with those remembered: one unlike all of them is something new.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

# Measured on a still scene with noise of 1 to 4 luma, and on the same one frozen, as H.264 of 2 to 1600 kbit/s: coding
# moves the frozen one by 0.002 on average, a keyframe of the real one differs by 0.3 and more.
_SAME_MEAN, _SAME_MOST = 0.03, 2.0
# Beyond this it is no coding of the same picture: something moved.
_MOVED_MEAN, _MOVED_MOST = 2.0, 40.0
_MOST_REMEMBERED = 24
# Top and bottom eighths are left out: many cameras write the time there, into a frozen picture too.
_MARGIN = 8


class Stillness:
    """Remembers the looks of one camera since something moved; used by one thread."""

    def __init__(self) -> None:
        self._known: list[NDArray[np.uint8]] = []
        self._new_at: float | None = None

    def seconds_still(self, luma: NDArray[np.uint8], seconds: float) -> float:
        """Give for how many seconds up to ``seconds`` nothing new was seen; ``luma`` is (H, W) of one size always."""
        margin = luma.shape[0] // _MARGIN
        middle = np.ascontiguousarray(luma[margin:-margin])
        seen_before = self._seen_before(middle)
        if self._new_at is None or not seen_before:
            self._new_at = seconds
        return seconds - self._new_at

    def _seen_before(self, middle: NDArray[np.uint8]) -> bool:
        if self._known and _differ(middle, self._known[0], _MOVED_MEAN, _MOVED_MOST):
            self._known.clear()
        for index, known in enumerate(self._known):
            if not _differ(middle, known, _SAME_MEAN, _SAME_MOST):
                self._known.insert(0, self._known.pop(index))
                return True
        self._known.insert(0, middle.copy())
        del self._known[_MOST_REMEMBERED:]
        return False


def _differ(one: NDArray[np.uint8], other: NDArray[np.uint8], mean: float, most: float) -> bool:
    return cv2.norm(one, other, cv2.NORM_INF) > most or cv2.norm(one, other, cv2.NORM_L1) > mean * one.size
