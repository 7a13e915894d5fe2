"""One network as three steps in a row: preprocess, run, decode; answers are in px of the picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.models.card import ModelCard, Task
from inference.preprocess import Pixels, Placement, input_size, letterbox, square_crop, to_tensor
from inference.runners.runner import Runner, Tensor
from posestream.schemas.checks import Float32
from postprocess.decoders import BOX_DECODERS, POSE_DECODERS, DecodedBoxes, DecodedPoses, DecodeOptions

CROP_PADDING = 1.15  # crop side over box side; of 1.15, 1.25 and 1.35 the best on COCO (benchmarks/reports/models)


@dataclass(frozen=True)
class Network:
    """A card and the runner that computes its weights."""

    card: ModelCard
    runner: Runner

    def poses(self, picture: Pixels) -> DecodedPoses:
        """Find the persons of the whole picture (H, W, 3)."""
        outputs, options, placement = self._look_at(picture)
        return _moved(POSE_DECODERS[self.card.decoder](outputs, options), placement)

    def boxes(self, picture: Pixels) -> DecodedBoxes:
        """Find the boxes of the persons of the whole picture (H, W, 3)."""
        outputs, options, placement = self._look_at(picture)
        found = BOX_DECODERS[self.card.decoder](outputs, options)
        return DecodedBoxes(boxes=placement.boxes_to_picture(found.boxes), scores=found.scores)

    def joints(self, picture: Pixels, boxes: Float32) -> list[DecodedPoses]:
        """Find the joints of one person per box (N, 4); the answer has one entry per box, in order."""
        size = input_size(self.card.input, *picture.shape[:2])
        crops = [square_crop(picture, box, size, CROP_PADDING) for box in boxes]
        answers = self.runner.infer([to_tensor(crop, self.card.input) for crop, _ in crops])
        decode = POSE_DECODERS[self.card.decoder]
        options = DecodeOptions(*size, min_score=self.card.min_score)
        return [
            _moved(decode(outputs, options), placement) for outputs, (_, placement) in zip(answers, crops, strict=True)
        ]

    def warm_up(self) -> None:
        """Compile what does not depend on the picture's shape, so that no frame waits for it."""
        if self.card.input.size is not None:
            blank = to_tensor(np.zeros((*self.card.input.size, 3), np.uint8), self.card.input)
            self.runner.infer([blank])
            if self.card.task is Task.CROP_POSE:
                self.runner.infer([blank, blank])  # several persons take another road than one

    def _look_at(self, picture: Pixels) -> tuple[list[Tensor], DecodeOptions, Placement]:
        size = input_size(self.card.input, *picture.shape[:2])
        fitted, placement = letterbox(picture, size)
        outputs = self.runner.infer([to_tensor(fitted, self.card.input)])[0]
        return outputs, DecodeOptions(*size, min_score=self.card.min_score), placement


def _moved(found: DecodedPoses, placement: Placement) -> DecodedPoses:
    return DecodedPoses(
        keypoints=placement.points_to_picture(found.keypoints),
        keypoint_scores=found.keypoint_scores,
        boxes=placement.boxes_to_picture(found.boxes),
        scores=found.scores,
    )


def joined(parts: Sequence[DecodedPoses], joints: int) -> DecodedPoses:
    """Put the persons of several answers into one; no part at all gives nobody."""
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
    )
