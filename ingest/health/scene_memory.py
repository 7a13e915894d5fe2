"""Whether a camera still sees the scene that it is known to see: edges that stay, kept over minutes.

Edges are compared by direction, block by block, so that light matters little and whoever walks by covers some blocks
only. What passes averages out; a scene that stays as it is for minutes becomes the known one.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]  # (2, H, W) of half the look's size: gradient across and down

# Blur and small shakes of the camera leave edges of this width what they are. Px of the halved look.
_EDGE_SIGMA = 0.9
_BLOCKS_DOWN, _BLOCKS_ACROSS = 6, 10
# Weaker than this a picture shows nothing: it is dark, covered or a white wall. Luma per px of the halved look.
_SEEN_GRADIENT = 1.6
# Blocks of the known scene with less than this share of its mean structure say nothing.
_STRUCTURED = 0.4
# A block is the same one if its edges agree so well, as a correlation.
_SAME_BLOCK = 0.5
# A look so unlike may be of another scene: what it shows is kept apart from what is known.
_LEARN_FROM = 0.5
# Before so long a time nothing is known; a new scene must last so long to become the known one.
LEARN_SECONDS, RELEARN_SECONDS = 5.0, 300.0
# What is known follows shadows and moved chairs at this pace.
_MEMORY_SECONDS = 120.0


class _Background:
    """A running mean of gradients: what moves fades from it."""

    def __init__(self, field: Field, seconds: float) -> None:
        self.field, self.since = field.copy(), seconds
        self._last = seconds

    def learn(self, field: Field, seconds: float) -> None:
        passed = seconds - self._last
        if passed > 0.0:
            age = min(seconds - self.since + passed, _MEMORY_SECONDS)
            self.field += np.float32(min(1.0, passed / age)) * (field - self.field)
        self._last = seconds


class SceneMemory:
    """The scene of one camera; used by one thread."""

    def __init__(self) -> None:
        self._known: _Background | None = None
        self._new: _Background | None = None

    def likeness(self, luma: NDArray[np.uint8], seconds: float) -> float:
        """Give the share, 0..1, of the known scene's structure that ``luma`` (H, W) shows where it was; learns from it.

        1 as long as no scene is known.
        """
        field = _gradients(luma)
        strength = float(np.sqrt(2.0 * np.vdot(field, field) / field.size))
        seen = strength >= _SEEN_GRADIENT
        field /= np.float32(max(strength, 1e-6))  # a bright look says no more than one of the same scene at dusk
        if self._known is None:
            self._known = _Background(field, seconds) if seen else None
            return 1.0
        young = seconds - self._known.since < LEARN_SECONDS
        alike = 1.0 if young else _agreement(field, self._known.field)
        if seen:
            self._learn(field, alike, seconds)
        return alike

    def _learn(self, field: Field, alike: float, seconds: float) -> None:
        if self._known is not None and alike >= _LEARN_FROM:
            self._known.learn(field, seconds)
            self._new = None
        elif self._new is None or _agreement(field, self._new.field) < _LEARN_FROM:
            self._new = _Background(field, seconds)
        else:
            self._new.learn(field, seconds)
            if seconds - self._new.since >= RELEARN_SECONDS:
                self._known, self._new = self._new, None


def _gradients(luma: NDArray[np.uint8]) -> Field:
    height, width = luma.shape
    half = cv2.resize(luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA).astype(np.float32)
    smooth = cv2.GaussianBlur(half, (0, 0), _EDGE_SIGMA)
    return np.stack([cv2.Sobel(smooth, cv2.CV_32F, dx, dy, ksize=3, scale=1 / 8) for dx, dy in ((1, 0), (0, 1))])


def _agreement(field: Field, known: Field) -> float:
    """Share of the known structure's blocks whose edges stand in the same places, 0..1."""
    both, one, other = (_blocks(a * b) for a, b in ((field, known), (field, field), (known, known)))
    structured = other >= _STRUCTURED**2 * other.mean()
    same = both > _SAME_BLOCK * np.sqrt(one * other)
    return float(np.mean(same[structured])) if structured.any() else 1.0


def _blocks(product: Field) -> NDArray[np.float32]:
    """Means of the blocks (6, 10) of a product (2, H, W)."""
    means = cv2.resize(product[0] + product[1], (_BLOCKS_ACROSS, _BLOCKS_DOWN), interpolation=cv2.INTER_AREA)
    return np.asarray(means, np.float32)
