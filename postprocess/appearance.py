"""How alike persons look, by the histograms of colours that inference took of them.

A description (D,) is `REGIONS` histograms one behind the other; a region of zeros was not seen.
Letters in shapes: N and M descriptions, D numbers each.
"""

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32

REGIONS = 2
"""Torso and thighs."""


def looks_alike(a: NDArray[np.generic], b: NDArray[np.generic]) -> Float32:
    """Give how alike descriptions (N, D) and (M, D) are, (N, M): 1 for the same colours, 0 for none in common.

    The mean of the regions seen in both (Bhattacharyya coefficient); NaN where there is none.
    """
    first, second = _roots(a), _roots(b)
    common = np.einsum("nrb,mrb->nm", first, second)
    regions = np.einsum("nr,mr->nm", *((one.any(axis=2)).astype(np.float32) for one in (first, second)))
    alike: Float32 = np.divide(common, regions, out=np.full_like(common, np.nan), where=regions > 0)
    return alike


def _roots(descriptions: NDArray[np.generic]) -> Float32:
    """Give the square roots (N, R, B) of the shares of each bin."""
    regions = REGIONS if descriptions.shape[1] % REGIONS == 0 else 1
    counts = descriptions.astype(np.float32).reshape(len(descriptions), regions, descriptions.shape[1] // regions)
    shares = counts / np.maximum(counts.sum(axis=2, keepdims=True), 1e-6)
    roots: Float32 = np.sqrt(shares)
    return roots
