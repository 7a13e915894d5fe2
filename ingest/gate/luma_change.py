"""Motion seen in small pictures: blocks of luma that differ from what stood there before."""

import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
_Blocks = NDArray[np.float32]

_BLOCK = 4
# Differences of a block's mean, in luma: what coding and noise make of a still block stays below.
_LEAST_CHANGE = 4.0
_NOISES = 6.0
_FEW_BLOCKS = 2
# The known picture follows what changes slowly, as daylight does.
_MEMORY_SECONDS = 4.0
# Blocks that change all the time hold a tree, or a clock where cameras write one: digits change there now and then.
# They are left out while they are few.
_RESTLESS_SECONDS, _RESTLESS_SHARE, _MOST_RESTLESS = 60.0, 0.5, 0.05
_CLOCK_BAND, _CLOCK_SHARE = 0.15, 0.05


class LumaChange:
    """Compares looks at one camera; used by one thread. A look of another size begins anew."""

    def __init__(self) -> None:
        self._known: _Blocks | None = None
        self._restless: _Blocks = np.zeros((0, 0), np.float32)
        self._last = 0.0

    def moves(self, luma: Luma, seconds: float) -> bool:
        """Tell whether ``luma`` (H, W), about 160 px wide, at ``seconds`` shows something else than before."""
        blocks = _means(luma)
        known = self._known
        if known is None or known.shape != blocks.shape:
            self._known, self._restless, self._last = blocks, np.zeros_like(blocks), seconds
            return True
        passed = max(0.0, seconds - self._last)
        self._last = seconds
        changed = _changed(blocks - known)
        self._known = known + np.float32(min(1.0, passed / _MEMORY_SECONDS)) * (blocks - known)
        self._restless += np.float32(min(1.0, passed / _RESTLESS_SECONDS)) * ((changed > 0) - self._restless)
        restless = self._restless > _limits(len(blocks))
        if restless.mean() <= _MOST_RESTLESS:
            changed = np.where(restless, 0, changed)
        return int(np.count_nonzero(changed)) >= _FEW_BLOCKS or bool((changed > 1).any())


def _limits(rows: int) -> _Blocks:
    """Give for each row of blocks the share of looks above which a change there says nothing."""
    limits = np.full((rows, 1), _RESTLESS_SHARE, np.float32)
    band = max(1, round(rows * _CLOCK_BAND))
    limits[:band] = limits[-band:] = _CLOCK_SHARE
    return limits


def _changed(difference: _Blocks) -> NDArray[np.int8]:
    """Give for each block 0: as before, 1: changed, 2: changed much. What all have in common is the light."""
    own = np.abs(difference - np.median(difference))
    limit = max(_LEAST_CHANGE, _NOISES * float(np.median(own)))
    return np.asarray((own > limit).astype(np.int8) + (own > 2.0 * limit), np.int8)


def _means(luma: Luma) -> _Blocks:
    height, width = (side - side % _BLOCK for side in luma.shape)
    cut = luma[:height, :width].reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    return np.asarray(cut.mean(axis=(1, 3), dtype=np.float32), np.float32)
