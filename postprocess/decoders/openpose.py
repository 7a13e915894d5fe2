"""OpenPose: maps of joints and fields of limbs at an eighth of the input -> persons of up to 18 or 25 joints.

Outputs are one array [1, 57, h, w] (COCO: 18 maps, background, 38 field channels) or [1, 78, h, w] (BODY_25: 25
maps, background, 52), or two: the fields [1, 38 or 52, h, w] and the maps with background [1, 19 or 26, h, w].
Described in Cao et al. 2017 and 2019 and in the model's published documentation.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from posestream.schemas.checks import Float32
from postprocess.decoders.cubic_upsampling import STRIDE
from postprocess.decoders.heatmap_peaks import Peaks, find_peaks
from postprocess.decoders.openpose_parts import BODY_25, COCO_18, BodyModel
from postprocess.decoders.part_affinity import best_pairs
from postprocess.decoders.person_assembly import Person, assemble
from postprocess.decoders.result import DecodedPoses, DecodeOptions, single_output


def decode_openpose_coco18(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPoses:
    """Decode OpenPose's COCO model; persons below ``options.min_score`` are dropped.

    A joint that a person lacks has score 0 and lies in the middle of those that were found. A person's score is the
    sum of its joints' and limbs' scores by the number of the model's parts and limbs.

    Raises:
        OutputMismatch: if maps and fields of an eighth of the input's sides are not there, or are not finite, or
            the card's skeleton has other than 18 joints.
    """
    return _decode("openpose_coco18", outputs, options, COCO_18)


def decode_openpose_body25(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedPoses:
    """Decode OpenPose's BODY_25 model, as ``decode_openpose_coco18``.

    Raises:
        OutputMismatch: as there, with 25 joints.
    """
    return _decode("openpose_body25", outputs, options, BODY_25)


def _decode(
    decoder: str, outputs: Sequence[NDArray[np.float32]], options: DecodeOptions, body: BodyModel
) -> DecodedPoses:
    if options.joints != body.parts:
        raise OutputMismatch(decoder, f"a skeleton of {body.parts} joints", str(options.joints))
    maps, fields = _maps_and_fields(decoder, list(outputs), options, body)
    peaks = find_peaks(maps[: body.parts])
    channels = np.array(body.fields)
    pairs = best_pairs(peaks, fields[np.stack([channels, channels + 1], axis=1)], body.limbs)
    return _poses(peaks, assemble(peaks, pairs, body), body, options.min_score)


def _maps_and_fields(
    decoder: str, outputs: list[NDArray[np.float32]], options: DecodeOptions, body: BodyModel
) -> tuple[Float32, Float32]:
    """Give the maps (K + 1, h, w) and the fields (2 L, h, w)."""
    if options.height % STRIDE or options.width % STRIDE:
        raise OutputMismatch(decoder, f"sides that are multiples of {STRIDE}", f"{options.height} x {options.width}")
    cells = options.height // STRIDE, options.width // STRIDE
    maps, fields = body.parts + 1, 2 * len(body.limbs)
    shapes = [output.shape for output in outputs]
    if (1, maps, *cells) in shapes or (1, fields, *cells) in shapes:
        both = [single_output(decoder, outputs, (1, channels, *cells))[0] for channels in (maps, fields)]
        return both[0], both[1]
    whole = single_output(decoder, outputs, (1, maps + fields, *cells))[0]
    return whole[:maps], whole[maps:]


def _poses(peaks: Peaks, persons: list[Person], body: BodyModel, min_score: float) -> DecodedPoses:
    most = body.parts + len(body.limbs)
    scores = np.array([person.total for person in persons], np.float64).clip(0.0, most) / most
    keypoints = np.zeros((len(persons), body.parts, 2))
    keypoint_scores = np.zeros((len(persons), body.parts))
    boxes = np.zeros((len(persons), 4))
    for row, person in enumerate(persons):
        parts, held = list(person.joints.keys()), list(person.joints.values())
        points = peaks.points[held]
        keypoints[row] = points.mean(axis=0)
        keypoints[row, parts] = points
        keypoint_scores[row, parts] = peaks.scores[held].clip(0.0, 1.0)
        boxes[row] = *points.min(axis=0), *points.max(axis=0)
    likely = scores >= min_score
    return DecodedPoses(*(part[likely].astype(np.float32) for part in (keypoints, keypoint_scores, boxes, scores)))
