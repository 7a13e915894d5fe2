"""What decoders are told and what they give back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from posestream.schemas.checks import Float32, freeze_arrays


@dataclass(frozen=True)
class DecodeOptions:
    """``height`` and ``width`` of the network's input in pixels; ``min_score`` below which finds are dropped.

    ``joints`` is the number of keypoints of the card's skeleton: a decoder for any skeleton holds the outputs to it.
    """

    height: int
    width: int
    min_score: float = 0.0
    joints: int = 17


@dataclass(frozen=True, eq=False)
class DecodedPoses:
    """keypoints (N, K, 2) input px, keypoint_scores (N, K), boxes (N, 4) input px, scores (N,).

    keypoints_3d (N, K, 3) metres about the person's own origin, where the network gives them.
    """

    keypoints: Float32
    keypoint_scores: Float32
    boxes: Float32
    scores: Float32
    keypoints_3d: Float32 | None = None

    def __post_init__(self) -> None:
        """Check that the arrays speak of the same persons."""
        persons, joints = self.keypoint_scores.shape
        wanted: dict[str, tuple[type[np.generic], tuple[int | None, ...]]] = {
            "keypoints": (np.float32, (persons, joints, 2)),
            "keypoint_scores": (np.float32, (persons, joints)),
            "boxes": (np.float32, (persons, 4)),
            "scores": (np.float32, (persons,)),
        }
        if self.keypoints_3d is not None:
            wanted["keypoints_3d"] = (np.float32, (persons, joints, 3))
        freeze_arrays(self, wanted)

    def rows(self, rows: NDArray[np.int64]) -> "DecodedPoses":
        """Give these persons, in this order."""
        return DecodedPoses(
            keypoints=self.keypoints[rows],
            keypoint_scores=self.keypoint_scores[rows],
            boxes=self.boxes[rows],
            scores=self.scores[rows],
            keypoints_3d=None if self.keypoints_3d is None else self.keypoints_3d[rows],
        )


@dataclass(frozen=True, eq=False)
class DecodedBoxes:
    """boxes (N, 4) input px as x1, y1, x2, y2; scores (N,)."""

    boxes: Float32
    scores: Float32

    def __post_init__(self) -> None:
        """Check that the arrays speak of the same boxes."""
        freeze_arrays(self, {"boxes": (np.float32, (None, 4)), "scores": (np.float32, (len(self.boxes),))})


def single_output(decoder: str, outputs: list[NDArray[np.float32]], shape: tuple[int | None, ...]) -> Float32:
    """Give the one output of this shape as finite float32; None stands for any length.

    Raises:
        OutputMismatch: if there is none or more than one, or it holds NaN or infinity.
    """
    fitting = [output for output in outputs if _fits(output.shape, shape)]
    if len(fitting) != 1:
        got = ", ".join(str(list(output.shape)) for output in outputs) or "no output"
        wanted = ", ".join("any" if side is None else str(side) for side in shape)
        raise OutputMismatch(decoder, f"one output of shape [{wanted}]", got)
    values = np.asarray(fitting[0], np.float32)
    if not np.isfinite(values).all():
        raise OutputMismatch(decoder, "finite numbers", "NaN or infinity")
    return values


def _fits(got: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(got) == len(wanted) and all(want in {None, have} for want, have in zip(wanted, got, strict=True))
