"""SimCC: per joint one row of scores along x and one along y, two bins to the pixel (Li et al. 2022).

Source of the numbers: RTMPose (Jiang et al. 2023): x = argmax / 2 and y = argmax / 2 in px of the crop; a joint's
score is the smaller of its two peaks, and none above 0 means that the joint is absent.
Letters in shapes: N crops (one person each), K joints.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32
from postprocess.boxes import boxes_of_keypoints
from postprocess.decoders.result import DecodedPoses, DecodeOptions, single_output

SPLIT = 2
"""Bins to the pixel."""
_PRESENT = float(np.finfo(np.float32).tiny)  # the least score above 0


def decode_simcc(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPoses:
    """Decode a batch of crops [N, K, 2 width] and [N, K, 2 height]: one person each, none dropped.

    A person's score is the mean of its joints' scores, its box lies around the joints that are there.
    Absent joints have score 0 and a place without meaning. How x and y are told apart: ``simcc_axes``.

    Raises:
        OutputMismatch: if the two outputs are not there, disagree about N or are not finite.
    """
    rows = simcc_axes("simcc", outputs, options)
    bins = [axis.argmax(axis=2) for axis in rows]
    return persons_at(bins, peak_scores(rows, bins))


def simcc_axes(decoder: str, outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> tuple[Float32, Float32]:
    """Give the rows of x (N, K, 2 width) and of y (N, K, 2 height).

    They are told apart by their lengths. Those of a square input are alike: x is then the first of the two.

    Raises:
        OutputMismatch: as ``decode_simcc``.
    """
    columns, lines = SPLIT * options.width, SPLIT * options.height
    of_x = of_y = list(outputs)
    if columns == lines:
        alike = [place for place, output in enumerate(outputs) if output.shape[1:] == (options.joints, columns)]
        end = alike[0] + 1 if alike else len(outputs)
        of_x, of_y = of_x[:end], of_y[end:]
    x = single_output(decoder, of_x, (None, options.joints, columns))
    return x, single_output(decoder, of_y, (len(x), options.joints, lines))


def peak_scores(rows: Sequence[Float32], bins: Sequence[NDArray[np.int64]]) -> Float32:
    """Give the joints' scores (N, K) in [0, 1]: the smaller of the values at these bins (N, K) of x and y."""
    x, y = (np.take_along_axis(axis, place[..., None], axis=2)[..., 0] for axis, place in zip(rows, bins, strict=True))
    return np.clip(np.minimum(x, y), 0.0, 1.0)


def persons_at(bins: Sequence[NDArray[np.integer] | NDArray[np.floating]], scores: Float32) -> DecodedPoses:
    """Give one person per crop of the bins (N, K) of x and y, whole or not, and the joints' scores (N, K)."""
    keypoints: Float32 = (np.stack(list(bins), axis=2) / SPLIT).astype(np.float32)
    return DecodedPoses(
        keypoints=keypoints,
        keypoint_scores=scores,
        boxes=boxes_of_keypoints(keypoints, scores, _PRESENT, 0.0),
        scores=scores.mean(axis=1),
    )
