"""One network as three steps in a row: preprocess, run, decode; answers are in px of the picture."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from inference.models.card import ModelCard, Task
from inference.preprocess import Pixels, Placement, input_size, letterbox, square_crop, to_tensor
from inference.runners.runner import Runner, Tensor
from posestream.errors import OutputMismatch
from posestream.schemas.checks import Float32
from posestream.skeletons import skeleton_by_name
from postprocess.decoders import BOX_DECODERS, POSE_DECODERS, DecodedBoxes, DecodedPoses, DecodeOptions

MOST_AT_ONCE = 32  # tensors in memory: the crops of a crowd, seen by several cameras, would fill it


@dataclass(frozen=True)
class Network:
    """A card and the runner that computes its weights."""

    card: ModelCard
    runner: Runner

    def poses(self, pictures: Sequence[Pixels]) -> list[DecodedPoses]:
        """Find the persons of each whole picture (H, W, 3); pictures of one shape are computed together."""
        return [self._placed(outputs, options, placement) for outputs, options, placement in self._look_at(pictures)]

    def boxes(self, pictures: Sequence[Pixels]) -> list[DecodedBoxes]:
        """Find the boxes of the persons of each whole picture (H, W, 3)."""
        answers = []
        for outputs, options, placement in self._look_at(pictures):
            with places_near(self.card.decoder):
                found = BOX_DECODERS[self.card.decoder](outputs, options)
                answers.append(DecodedBoxes(boxes=placement.boxes_to_picture(found.boxes), scores=found.scores))
        return answers

    def joints(self, pictures: Sequence[Pixels], boxes: Sequence[Float32]) -> list[list[DecodedPoses]]:
        """Find the joints of one person per box; ``boxes`` has (N, 4) for each picture, as the answer."""
        eats = self.card.input
        sizes = [input_size(eats, *picture.shape[:2]) for picture in pictures]
        crops = [
            [square_crop(picture, box, size, eats.padding, eats.grid) for box in its]
            for picture, its, size in zip(pictures, boxes, sizes, strict=True)
        ]
        answers = iter(self.run([crop for its in crops for crop, _ in its]))
        return [
            [self._placed(next(answers), self.options(size), placed) for _, placed in its]
            for its, size in zip(crops, sizes, strict=True)
        ]

    def warm_up(self) -> None:
        """Compile what does not depend on the picture's shape, so that no frame waits for it."""
        if self.card.input.size is not None:
            blank = to_tensor(np.zeros((*self.card.input.size, 3), np.uint8), self.card.input)
            self.runner.infer([blank])
            if self.card.task is Task.CROP_POSE:
                self.runner.infer([blank, blank])  # several persons take another road than one

    def _look_at(self, pictures: Sequence[Pixels]) -> list[tuple[list[Tensor], DecodeOptions, Placement]]:
        eats = self.card.input
        sizes = [input_size(eats, *picture.shape[:2]) for picture in pictures]
        fitted = [
            letterbox(picture, size, eats.fit, eats.pad, eats.grid)
            for picture, size in zip(pictures, sizes, strict=True)
        ]
        return [
            (outputs, self.options(size), placement)
            for outputs, size, (_, placement) in zip(self.run([it for it, _ in fitted]), sizes, fitted, strict=True)
        ]

    def options(self, size: tuple[int, int]) -> DecodeOptions:
        """Give what the decoder is told of an input (h, w)."""
        skeleton = self.card.skeleton
        joints = 0 if skeleton is None else len(skeleton_by_name(skeleton).keypoints)
        return DecodeOptions(*size, min_score=self.card.min_score, joints=joints)

    def _placed(self, outputs: list[Tensor], options: DecodeOptions, placement: Placement) -> DecodedPoses:
        with places_near(self.card.decoder):
            return _moved(POSE_DECODERS[self.card.decoder](outputs, options), placement)

    def run(self, inputs: Sequence[Pixels]) -> list[list[Tensor]]:
        """Compute inputs (h, w, 3), those of one shape together; gives the outputs of each, in order."""
        answers: list[list[Tensor]] = [[] for _ in inputs]
        by_shape: dict[tuple[int, ...], list[int]] = {}
        for place, pixels in enumerate(inputs):
            by_shape.setdefault(pixels.shape, []).append(place)
        for places in by_shape.values():
            for first in range(0, len(places), MOST_AT_ONCE):
                some = places[first : first + MOST_AT_ONCE]
                outputs = self.runner.infer([to_tensor(inputs[place], self.card.input) for place in some])
                for place, output in zip(some, outputs, strict=True):
                    answers[place] = output
        return answers


@contextmanager
def places_near(decoder: str) -> Iterator[None]:
    """Make an OutputMismatch of numbers that are finite, but so large that the places they stand for are not."""
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            yield
    except ValueError as exc:
        raise OutputMismatch(decoder, "places near the picture", str(exc)) from exc


def _moved(found: DecodedPoses, placement: Placement) -> DecodedPoses:
    return DecodedPoses(
        keypoints=placement.points_to_picture(found.keypoints),
        keypoint_scores=found.keypoint_scores,
        boxes=placement.boxes_to_picture(found.boxes),
        scores=found.scores,
        keypoints_3d=found.keypoints_3d,
    )


def joined(parts: Sequence[DecodedPoses], joints: int) -> DecodedPoses:
    """Put the persons of several answers into one; no part at all gives nobody."""
    bodies = [part.keypoints_3d for part in parts if part.keypoints_3d is not None]
    if not parts:
        return DecodedPoses(
            keypoints=np.zeros((0, joints, 2), np.float32),
            keypoint_scores=np.zeros((0, joints), np.float32),
            boxes=np.zeros((0, 4), np.float32),
            scores=np.zeros(0, np.float32),
        )
    return DecodedPoses(
        keypoints=np.concatenate([part.keypoints for part in parts]),
        keypoint_scores=np.concatenate([part.keypoint_scores for part in parts]),
        boxes=np.concatenate([part.boxes for part in parts]),
        scores=np.concatenate([part.scores for part in parts]),
        keypoints_3d=np.concatenate(bodies) if len(bodies) == len(parts) else None,
    )
