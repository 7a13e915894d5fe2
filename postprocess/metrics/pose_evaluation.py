"""How good poses are: all figures of ``posestream eval poses`` and ``eval results`` in one object."""

from dataclasses import dataclass

from postprocess.metrics.coco_results import read_results
from postprocess.metrics.coco_truth import CocoTruth
from postprocess.metrics.keypoint_f1 import count_joints
from postprocess.metrics.oks_ap import OksFigures, oks_average_precision
from postprocess.metrics.pck import torso_pck

DIGITS = 6


@dataclass(frozen=True)
class PoseFigures:
    """The figures of one evaluation, each in [0, 1] or None where the truth asks for nothing.

    ``images`` counts the truth's images, ``persons`` its persons with at least one labelled joint, crowds left out.
    """

    oks: OksFigures
    pck: float | None
    f1: float | None
    images: int
    persons: int

    def as_json(self) -> dict[str, float | int | None]:
        """Give the object that the commands print; None becomes null."""
        return {
            "AP": _short(self.oks.AP),
            "AP50": _short(self.oks.AP50),
            "AP75": _short(self.oks.AP75),
            "APM": _short(self.oks.APM),
            "APL": _short(self.oks.APL),
            "AR": _short(self.oks.AR),
            "PCK@0.2": _short(self.pck),
            "F1": _short(self.f1),
            "images": self.images,
            "persons": self.persons,
        }


def evaluate_poses(truth: CocoTruth, results: object) -> PoseFigures:
    """Judge the parsed JSON of a COCO result file (an array of objects, which may be empty) by the truth.

    Raises:
        InputError: if a result is not as COCO wants it; one line that names the row.
        DependencyError: if pycocotools is not installed.
    """
    found = read_results(results, truth)
    return PoseFigures(
        oks=oks_average_precision(truth, found),
        pck=torso_pck(truth, found),
        f1=count_joints(truth, found).f1,
        images=len(truth.images),
        persons=sum(person.counts for person in truth.persons),
    )


def _short(figure: float | None) -> float | None:
    return None if figure is None else round(figure, DIGITS)
