"""How networks are put together to find the persons of a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from inference.crop_memory import boxes_around
from inference.network import Network, joined
from inference.preprocess import Pixels
from posestream.clock import Clock
from posestream.schemas.checks import Float32
from posestream.skeletons import Skeleton
from postprocess.alphapose_suppression import merge_alike
from postprocess.boxes import iou_matrix
from postprocess.decoders import DecodedPoses
from postprocess.pose_suppression import suppress_poses

SAME_PERSON_OKS = 0.7
SAME_BOX_IOU = 0.5
LEAST_MEAN_SCORE = 0.15  # below, the joints of a crop agree that nobody is there (traffic cones, chairs)


@dataclass(frozen=True)
class Found:
    """The persons of a picture, px of the picture, and where the time went.

    ``following`` (N, 4): what the composition wants to be told as ``expected`` of the next picture, if not boxes.
    """

    poses: DecodedPoses
    timings_ms: Mapping[str, float]
    following: Float32 | None = None


class Composition(Protocol):
    """Finds the persons of pictures."""

    identity: str
    skeleton: Skeleton
    can_follow: bool

    def find(self, pictures: Sequence[Pixels], expected: Sequence[Float32 | None]) -> list[Found]:
        """Find the persons of each picture (H, W, 3); with ``expected`` boxes (M, 4) only there, where it can.

        The times are those of all pictures together: that long each of them took to be answered.
        """
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

    def find(self, pictures: Sequence[Pixels], expected: Sequence[Float32 | None]) -> list[Found]:  # noqa: ARG002  # looks at all of it anyway
        """Find the persons of each picture (H, W, 3)."""
        start = self._clock.monotonic()
        persons = []
        for found in self._network.poses(pictures):
            kept = suppress_poses(found.keypoints, found.boxes, found.scores, self.skeleton, SAME_PERSON_OKS)
            persons.append(found.rows(kept))
        timings = {"joints": (self._clock.monotonic() - start) * 1e3}
        return [Found(poses, timings) for poses in persons]

    def warm_up(self) -> None:
        """Get ready, so that the first frame does not wait."""
        self._network.warm_up()

    def close(self) -> None:
        """Free the network."""
        self._network.runner.close()


class TopDown:
    """Boxes first, then the joints of each box: preset ``accurate``, any number of persons.

    Boxes come from a pose network of the whole picture (tight, few misses near the camera) and, where it has
    none, from a box detector (finds the seventh person and the far ones); either may be left out.
    """

    can_follow = True

    def __init__(
        self, pose_boxes: Network | None, boxes: Network | None, joints: Network, skeleton: Skeleton, clock: Clock
    ) -> None:
        self._pose_boxes, self._boxes, self._joints, self._clock = pose_boxes, boxes, joints, clock
        self._networks = [network for network in (pose_boxes, boxes, joints) if network is not None]
        self.skeleton = skeleton
        self.identity = "+".join(network.card.identity for network in self._networks)

    def find(self, pictures: Sequence[Pixels], expected: Sequence[Float32 | None]) -> list[Found]:
        """Find the persons of each picture (H, W, 3); where boxes (M, 4) px are expected the detectors rest."""
        start = self._clock.monotonic()
        seen = self._detect(pictures, expected)
        middle = self._clock.monotonic()
        persons = self._look(pictures, seen, expected)
        end = self._clock.monotonic()
        timings = {"detect": (middle - start) * 1e3, "joints": (end - middle) * 1e3}
        return [Found(poses, timings, following) for poses, following in persons]

    def warm_up(self) -> None:
        """Get ready, so that the first frame does not wait."""
        for network in reversed(self._networks):
            network.warm_up()

    def close(self) -> None:
        """Free the networks."""
        for network in self._networks:
            network.runner.close()

    def _detect(self, pictures: Sequence[Pixels], expected: Sequence[Float32 | None]) -> list[Float32]:
        """Give boxes (N, 4) where somebody may be, for each picture."""
        anew = [picture for picture, boxes in zip(pictures, expected, strict=True) if boxes is None]
        nothing = [np.zeros((0, 4), np.float32)] * len(anew)
        persons = nothing if self._pose_boxes is None else [found.boxes for found in self._pose_boxes.poses(anew)]
        others = nothing if self._boxes is None else [found.boxes for found in self._boxes.boxes(anew)]
        found = zip(persons, others, strict=True)
        return [_united(*next(found)) if boxes is None else boxes for boxes in expected]

    def _look(
        self, pictures: Sequence[Pixels], seen: Sequence[Float32], expected: Sequence[Float32 | None]
    ) -> list[tuple[DecodedPoses, Float32 | None]]:
        """Give the persons in the boxes ``seen`` of each picture, and what to expect of the next one, if not boxes."""
        joints = self._joints.joints(pictures, seen)
        return [(self._persons(*each), None) for each in zip(joints, seen, expected, strict=True)]

    def _persons(self, joints: list[DecodedPoses], seen: Float32, expected: Float32 | None) -> DecodedPoses:
        found = joined(joints, len(self.skeleton.keypoints))
        # A person's score is the joints' own: it says the same whether a detector found the crop or it was followed.
        # The expected boxes are the last frame's: the answer's are drawn anew around the joints.
        persons = replace(found, boxes=seen if expected is None else boxes_around(found))
        if self._joints.card.doubles == "alphapose":
            return _merged(persons)
        kept = suppress_poses(persons.keypoints, persons.boxes, persons.scores, self.skeleton, SAME_PERSON_OKS)
        kept = kept[persons.keypoint_scores[kept].mean(axis=1) >= LEAST_MEAN_SCORE]
        return persons.rows(kept)


def _united(persons: Float32, others: Float32) -> Float32:
    """Give the boxes (N, 4) of both networks, those of one person once."""
    new = iou_matrix(others, persons).max(axis=1, initial=0.0) < SAME_BOX_IOU
    return np.concatenate([persons, others[new]])


def _merged(persons: DecodedPoses) -> DecodedPoses:
    """Make one of the finds of one person, as AlphaPose does; a person's score is the mean of its joints'."""
    merged = merge_alike(persons.keypoints, persons.keypoint_scores, persons.boxes)
    scores = merged.keypoint_scores.mean(axis=1)
    return DecodedPoses(merged.keypoints, merged.keypoint_scores, persons.boxes[merged.rows], scores)
