"""A landmark network looks at rotated regions of pictures: joints in the picture and in metres, and what is next."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.crop_memory import MARGIN, SURE
from inference.network import Network, joined
from inference.preprocess import Pixels, input_size, rotated_crop
from postprocess.boxes import boxes_of_keypoints
from postprocess.decoders import DecodedPoses
from postprocess.decoders.blazepose_landmark import DecodedLandmarks, decode_blazepose_landmark
from postprocess.regions import Regions, regions_from_points


@dataclass(frozen=True, eq=False)
class Seen:
    """One person for each region of a picture, px of the picture; and the regions in which to look for them next."""

    poses: DecodedPoses
    following: Regions


def look(network: Network, pictures: Sequence[Pixels], regions: Sequence[Regions]) -> list[Seen]:
    """Give who is in the regions of each picture (H, W, 3); the crops of all pictures are computed together.

    ``poses.scores`` say whether somebody is there at all.
    """
    size = input_size(network.card.input, 0, 0)
    crops = [
        rotated_crop(picture, matrix, size)
        for picture, its in zip(pictures, regions, strict=True)
        for matrix in its.crop_to_picture(size[0])
    ]
    if not crops:
        return [_nobody(network.options(size).joints)] * len(pictures)
    outputs = [np.concatenate(parts) for parts in zip(*network.run(crops), strict=True)]
    seen = _in_picture(decode_blazepose_landmark(outputs, network.options(size)), _united(regions), size[0])
    ends = np.cumsum([len(its) for its in regions])
    return [_rows(seen, np.arange(end - len(its), end)) for its, end in zip(regions, ends, strict=True)]


def _in_picture(found: DecodedLandmarks, regions: Regions, crop: int) -> Seen:
    keypoints = regions.points_to_picture(found.keypoints, crop)
    world = np.zeros((*keypoints.shape[:2], 3), np.float32) if found.keypoints_3d is None else found.keypoints_3d
    ends = regions.points_to_picture(found.next_points, crop)
    poses = DecodedPoses(
        keypoints=keypoints,
        keypoint_scores=found.keypoint_scores,
        boxes=boxes_of_keypoints(keypoints, found.keypoint_scores, SURE, MARGIN),
        scores=found.scores,
        keypoints_3d=regions.world_to_picture(world),
    )
    return Seen(poses, regions_from_points(ends[:, 0], ends[:, 1]))


def _united(regions: Sequence[Regions]) -> Regions:
    return Regions(
        np.concatenate([its.centres for its in regions]),
        np.concatenate([its.sides for its in regions]),
        np.concatenate([its.rotations for its in regions]),
    )


def _rows(seen: Seen, rows: NDArray[np.int64]) -> Seen:
    return Seen(seen.poses.rows(rows), seen.following.rows(rows))


def _nobody(joints: int) -> Seen:
    none = np.zeros((0, 2), np.float32)
    return Seen(joined([], joints), regions_from_points(none, none))
