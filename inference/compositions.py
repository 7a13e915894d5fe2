"""How networks are put together to find the persons of a picture."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference.crop_memory import boxes_around
from inference.network import Network, joined
from inference.preprocess import Pixels
from posestream.clock import Clock
from posestream.schemas.checks import Float32
from posestream.skeletons import Skeleton
from postprocess.boxes import iou_matrix
from postprocess.decoders import DecodedPoses
from postprocess.pose_suppression import suppress_poses

SAME_PERSON_OKS = 0.7
SAME_BOX_IOU = 0.5
LEAST_MEAN_SCORE = 0.15  # below, the joints of a crop agree that nobody is there (traffic cones, chairs)


@dataclass(frozen=True)
class Found:
    """The persons of a picture, px of the picture, and where the time went."""

    poses: DecodedPoses
    timings_ms: Mapping[str, float]


class Composition(Protocol):
    """Finds the persons of a picture."""

    identity: str
    skeleton: Skeleton
    can_follow: bool

    def find(self, picture: Pixels, expected: Float32 | None) -> Found:
        """Find persons in (H, W, 3); with ``expected`` boxes (M, 4) only there, where the composition can."""
        ...

    def warm_up(self) -> None:
        """Get ready, so that the first frame does not wait."""
        ...

    def close(self) -> None:
        """Free the networks."""
        ...


class WholePicture:
    """One network, one run a picture: preset ``fast``."""

    can_follow = False

    def __init__(self, network: Network, skeleton: Skeleton, clock: Clock) -> None:
        self._network, self._clock = network, clock
        self.skeleton = skeleton
        self.identity = network.card.identity

    def find(self, picture: Pixels, expected: Float32 | None) -> Found:  # noqa: ARG002  # looks at all of it anyway
        """Find persons in (H, W, 3)."""
        start = self._clock.monotonic()
        found = self._network.poses(picture)
        kept = suppress_poses(found.keypoints, found.boxes, found.scores, self.skeleton.sigmas, SAME_PERSON_OKS)
        return Found(_rows(found, kept), {"joints": (self._clock.monotonic() - start) * 1e3})

    def warm_up(self) -> None:
        """Get ready, so that the first frame does not wait."""
        self._network.warm_up()

    def close(self) -> None:
        """Free the network."""
        self._network.runner.close()


class TopDown:
    """Boxes first, then the joints of each box: preset ``accurate``, any number of persons.

    Boxes come from a pose network of the whole picture (tight, few misses near the camera) and, where it has
    none, from a box detector (finds the seventh person and the far ones).
    """

    can_follow = True

    def __init__(self, pose_boxes: Network, boxes: Network, joints: Network, skeleton: Skeleton, clock: Clock) -> None:
        self._pose_boxes, self._boxes, self._joints, self._clock = pose_boxes, boxes, joints, clock
        self.skeleton = skeleton
        self.identity = "+".join(network.card.identity for network in (pose_boxes, boxes, joints))

    def find(self, picture: Pixels, expected: Float32 | None) -> Found:
        """Find persons in (H, W, 3); with ``expected`` boxes (M, 4) px the detectors rest."""
        start = self._clock.monotonic()
        seen = self._detect(picture) if expected is None else expected
        middle = self._clock.monotonic()
        found = joined(self._joints.joints(picture, seen), len(self.skeleton.keypoints))
        # A person's score is the joints' own: it says the same whether a detector found the crop or it was followed.
        # The expected boxes are the last frame's: the answer's are drawn anew around the joints.
        persons = replace(found, boxes=seen if expected is None else boxes_around(found))
        kept = suppress_poses(persons.keypoints, persons.boxes, persons.scores, self.skeleton.sigmas, SAME_PERSON_OKS)
        kept = kept[persons.keypoint_scores[kept].mean(axis=1) >= LEAST_MEAN_SCORE]
        end = self._clock.monotonic()
        return Found(_rows(persons, kept), {"detect": (middle - start) * 1e3, "joints": (end - middle) * 1e3})

    def warm_up(self) -> None:
        """Get ready, so that the first frame does not wait."""
        for network in (self._joints, self._boxes, self._pose_boxes):
            network.warm_up()

    def close(self) -> None:
        """Free the networks."""
        for network in (self._pose_boxes, self._boxes, self._joints):
            network.runner.close()

    def _detect(self, picture: Pixels) -> Float32:
        """Give boxes (N, 4) px where somebody may be."""
        persons, others = self._pose_boxes.poses(picture), self._boxes.boxes(picture)
        overlap = iou_matrix(others.boxes, persons.boxes)
        new = overlap.max(axis=1, initial=0.0) < SAME_BOX_IOU
        return np.concatenate([persons.boxes, others.boxes[new]])


def _rows(poses: DecodedPoses, rows: NDArray[np.int64]) -> DecodedPoses:
    return DecodedPoses(
        keypoints=poses.keypoints[rows],
        keypoint_scores=poses.keypoint_scores[rows],
        boxes=poses.boxes[rows],
        scores=poses.scores[rows],
    )
