"""BlazePose's landmark network: 33 joints of the one person in a square crop, in the crop and in metres.

Source of the layout: the network's public model card and Bazarevsky et al. 2020. Rows of 39 x (x, y, z, visibility
logit, presence logit) in px of the crop: 33 joints, then two points that say where the person's next crop is (its
centre, and a point on the circle around the body), then four of no use; 39 x (x, y, z) in metres about the middle of
the hips; 39 heatmaps of a quarter of the crop's size; and whether somebody is there. A segmentation may lie beside.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from posestream.errors import OutputMismatch
from posestream.schemas.checks import Float32, freeze_arrays
from postprocess.decoders.heatmap_refinement import refine_by_heatmaps
from postprocess.decoders.result import DecodedPoses, DecodeOptions, single_output

_NAME = "blazepose_landmark"
_JOINTS = 33
_POINTS = 39
_STRIDE = 4  # input px a cell of the heatmaps


@dataclass(frozen=True, eq=False, kw_only=True)
class DecodedLandmarks(DecodedPoses):
    """One person for each crop, in their order: as DecodedPoses, in px of the crop, with scores of their presence.

    keypoints_3d (N, 33, 3) metres about the middle of the hips, in the axes of the crop (x right, y down, z away);
    depths (N, 33) px of the crop, 0 at the hips, less is nearer; next_points (N, 2, 2) px of the crop: the centre of
    the person's next region and a point on its circle (postprocess.regions).
    """

    depths: Float32
    next_points: Float32

    def __post_init__(self) -> None:
        """Check that the arrays speak of the same persons."""
        super().__post_init__()
        persons, joints = self.keypoint_scores.shape
        freeze_arrays(self, {"depths": (np.float32, (persons, joints)), "next_points": (np.float32, (persons, 2, 2))})


def decode_blazepose_landmark(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedLandmarks:
    """Decode one person for each of N crops, whether somebody is there or not: ``scores`` tells.

    Raises:
        OutputMismatch: if one of the outputs [N, 195], [N, 117], [N, h / 4, w / 4, 39] and [N, 1] is not there or
            not finite, or the card's skeleton has not 33 joints.
    """
    if options.joints != _JOINTS:
        raise OutputMismatch(_NAME, f"a skeleton of {_JOINTS} joints", f"one of {options.joints}")
    arrays = list(outputs)
    rows = single_output(_NAME, arrays, (None, _POINTS * 5))
    persons = len(rows)
    points = rows.reshape(persons, _POINTS, 5)
    world = single_output(_NAME, arrays, (persons, _POINTS * 3)).reshape(persons, _POINTS, 3)
    grid = (persons, options.height // _STRIDE, options.width // _STRIDE, _POINTS)
    places = refine_by_heatmaps(points[..., :2], single_output(_NAME, arrays, grid), _STRIDE)
    keypoints = places[:, :_JOINTS]
    return DecodedLandmarks(
        keypoints=keypoints,
        keypoint_scores=expit(points[:, :_JOINTS, 3]),
        boxes=np.concatenate([keypoints.min(axis=1), keypoints.max(axis=1)], axis=1),
        scores=np.clip(single_output(_NAME, arrays, (persons, 1))[:, 0], 0.0, 1.0),
        keypoints_3d=world[:, :_JOINTS],
        depths=points[:, :_JOINTS, 2],
        next_points=places[:, _JOINTS : _JOINTS + 2],
    )
