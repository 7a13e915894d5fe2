"""What the decoders of top-down heatmaps share: the maps' check, their largest values, and persons made of places.

Letters in shapes: N persons (crops), K joints, M = N K maps of h rows and w columns. A cell is one value of a map.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from posestream.schemas.checks import Float32
from postprocess.boxes import boxes_of_keypoints
from postprocess.decoders.result import DecodedPoses, DecodeOptions, single_output

_LEAST_SIDE = 2  # of a map, in cells: one cell has no scale
_SEEN = np.finfo(np.float32).tiny  # a joint with less is not there


@dataclass(frozen=True, eq=False)
class Peaks:
    """``maps`` (M, h, w); the largest value of each (M,), and its place ``cells`` (M, 2) as x, y.

    Of equal values the first in reading order counts.
    """

    maps: Float32
    values: Float32
    cells: NDArray[np.int64]

    def beside(self, x: int, y: int) -> Float32:
        """Give the values (M,) so many columns and rows from the peak; beyond the edge the edge's own."""
        height, width = self.maps.shape[1:]
        columns = np.clip(self.cells[:, 0] + x, 0, width - 1)
        rows = np.clip(self.cells[:, 1] + y, 0, height - 1)
        return self.maps[np.arange(len(self.maps)), rows, columns]

    def inside(self, low: int, high: int) -> NDArray[np.bool_]:
        """Give (M, 2), for x and y: whether ``low`` < cell < size - ``high``."""
        height, width = self.maps.shape[1:]
        inside: NDArray[np.bool_] = (self.cells > low) & (self.cells < np.array([width, height]) - high)
        return inside


def find_peaks(decoder: str, outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> Peaks:
    """Give the peaks of the one output [N, K, h, w], person by person.

    Raises:
        OutputMismatch: if there is no such output, or its maps are larger than the input or of another aspect,
            or it is not finite.
    """
    maps = single_output(decoder, list(outputs), (None, options.joints, None, None))
    persons, joints, height, width = maps.shape
    fits = _LEAST_SIDE <= height <= options.height and _LEAST_SIDE <= width <= options.width
    if not fits or height * options.width != width * options.height:
        wanted = f"maps of the aspect of the input, at most {options.height} rows and {options.width} columns"
        raise OutputMismatch(decoder, wanted, f"{height} rows and {width} columns")
    flat = maps.reshape(persons * joints, height * width)
    highest = flat.argmax(axis=1)
    return Peaks(
        maps=flat.reshape(-1, height, width) if len(flat) else np.zeros((0, height, width), np.float32),
        values=flat[np.arange(len(flat)), highest],
        cells=np.stack([highest % width, highest // width], axis=1),
    )


def persons_at(places: NDArray[np.float64], peaks: Peaks, options: DecodeOptions) -> DecodedPoses:
    """Make persons of the joints' places (M, 2) in px of the input.

    A joint's score is its map's largest value, cut to [0, 1]; a person's the mean of its joints'. The box lies
    around the joints that score above 0, or around all if none does.
    """
    keypoints = places.astype(np.float32).reshape(-1, options.joints, 2)
    scores = np.clip(peaks.values, 0.0, 1.0).reshape(-1, options.joints)
    return DecodedPoses(
        keypoints=keypoints,
        keypoint_scores=scores,
        boxes=boxes_of_keypoints(keypoints, scores, float(_SEEN), padding=0.0),
        scores=scores.mean(axis=1),
    )


def cells_to_input(cells: NDArray[np.float64], peaks: Peaks, options: DecodeOptions) -> NDArray[np.float64]:
    """Give places (M, 2) in px of the input: cell times (input / map), so cell 0 is at px 0."""
    height, width = peaks.maps.shape[1:]
    places: NDArray[np.float64] = cells * np.array([options.width / width, options.height / height])
    return places
