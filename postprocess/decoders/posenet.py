"""PoseNet: maps of joints, offsets and displacements at a stride of 8, 16 or 32 px; y channels before x channels.

Source of the layout and of the steps: the network's public description (PersonLab, and the published PoseNet models,
NHWC): joint logits [1, H, W, 17], offsets [1, H, W, 34], displacements forward and backward [1, H, W, 32] each.
Multi pose starts a pose from every sure joint that no better pose has taken, single pose takes each map's highest.
Letters in shapes: N persons, K = 17 joints.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from posestream.schemas.checks import Float32
from postprocess.decoders.posenet_greedy import accepted_poses, own_joints, surest_of_each_cell
from postprocess.decoders.posenet_maps import JOINTS, PoseNetMaps, paired, read_maps
from postprocess.decoders.posenet_tree import EDGES, in_order
from postprocess.decoders.result import DecodedPoses, DecodeOptions, single_output

_ALL_JOINTS = np.arange(JOINTS)


def decode_posenet_multi(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPoses:
    """Decode PoseNet for several persons, surest start first; persons below ``options.min_score`` are dropped.

    A person's score is the sum of its joints' scores / 17; a joint within 20 px of the same joint of an earlier
    person does not count. The two displacements may come in either order. A joint's keypoint is there whatever its
    score, so a person's box holds all of them.

    Raises:
        OutputMismatch: if an output is missing, is not finite or does not fit the input's sides, or joints are not 17.
    """
    maps = read_maps("posenet_multi", outputs, options)
    one, other = _two_displacements(outputs, maps)
    candidates = maps.candidates()
    heads = surest_of_each_cell(maps, candidates.points, candidates.joints)
    displacements = in_order(maps, one, other, candidates.points[heads], candidates.joints[heads])
    poses, starts = accepted_poses(maps, displacements, candidates)
    scores = maps.scores(maps.cells(poses), _ALL_JOINTS)
    scores[np.arange(len(starts)), candidates.joints[starts]] = candidates.scores[starts]
    person_scores = (scores * own_joints(poses)).sum(axis=1) / JOINTS
    kept = person_scores >= options.min_score
    return _decoded(poses[kept], scores[kept], person_scores[kept])


def decode_posenet_single(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPoses:
    """Decode PoseNet for one person: always one, whose score is the mean of its joints' scores.

    The displacements are not needed.

    Raises:
        OutputMismatch: if an output is missing, is not finite or does not fit the input's sides, or joints are not 17.
    """
    maps = read_maps("posenet_single", outputs, options)
    cells = maps.logits.reshape(-1, JOINTS).argmax(axis=0)
    scores = maps.scores(cells, _ALL_JOINTS)[None]
    return _decoded(maps.points(cells, _ALL_JOINTS)[None], scores, scores.mean(axis=1))


def _two_displacements(outputs: Sequence[NDArray[np.float32]], maps: PoseNetMaps) -> tuple[Float32, Float32]:
    """Give both displacements as (C * E, 2), in the order in which they came."""
    shape = (1, *maps.logits.shape[:2], 2 * len(EDGES))
    fitting = [output for output in outputs if output.shape == shape]
    if len(fitting) != 2:
        got = ", ".join(str(list(output.shape)) for output in outputs)
        raise OutputMismatch("posenet_multi", f"two outputs of shape {list(shape)}", got)
    one, other = (single_output("posenet_multi", [output], shape) for output in fitting)
    return paired(one, len(EDGES)), paired(other, len(EDGES))


def _decoded(poses: Float32, scores: Float32, person_scores: Float32) -> DecodedPoses:
    return DecodedPoses(
        keypoints=poses,
        keypoint_scores=scores,
        boxes=np.concatenate([poses.min(axis=1), poses.max(axis=1)], axis=1),
        scores=person_scores,
    )
