"""Preset ``3d``: 33 joints of each person, in the picture and in metres, by BlazePose's landmark network."""

from collections.abc import Sequence

import numpy as np

from inference.compositions import SAME_PERSON_OKS, TopDown
from inference.landmarks import Seen, look
from inference.preprocess import Pixels
from posestream.schemas.checks import Float32
from postprocess.decoders import DecodedPoses
from postprocess.pose_suppression import suppress_poses
from postprocess.regions import Regions, regions_from_boxes


class RotatedCrops(TopDown):
    """Boxes first, then the joints in a crop turned with each person.

    A box does not say how a person lies: the network looks at the upright square about it, tells where the crop
    should be, and looks again. A person who is followed is looked for once, where the last look said: of this
    composition are expected not boxes but regions (M, 4): the centre's x and y, the side (px), the rotation (radians).
    """

    def _look(
        self, pictures: Sequence[Pixels], seen: Sequence[Float32], expected: Sequence[Float32 | None]
    ) -> list[tuple[DecodedPoses, Float32 | None]]:
        """Give the persons about the boxes, or in the regions expected, of each picture, and where they are next.

        The first look says too little of who is there to drop anybody: persons who fill the picture come below .2
        there and above .9 at the next.
        """
        anew = [place for place, regions in enumerate(expected) if regions is None]
        boxes = [regions_from_boxes(seen[place]) for place in anew]
        first = iter(look(self._joints, [pictures[place] for place in anew], boxes))
        regions = [next(first).following if its is None else _unpacked(its) for its in expected]
        return [self._those_there(found) for found in look(self._joints, pictures, regions)]

    def _those_there(self, seen: Seen) -> tuple[DecodedPoses, Float32]:
        """Give those who are there, each once, and where to look for them next."""
        there = np.flatnonzero(seen.poses.scores >= self._joints.card.min_score)
        poses = seen.poses.rows(there)
        kept = suppress_poses(poses.keypoints, poses.boxes, poses.scores, self.skeleton, SAME_PERSON_OKS)
        return poses.rows(kept), _packed(seen.following.rows(there[kept]))


def _packed(regions: Regions) -> Float32:
    return np.column_stack([regions.centres, regions.sides, regions.rotations])


def _unpacked(places: Float32) -> Regions:
    return Regions(places[:, :2], places[:, 2], places[:, 3])
