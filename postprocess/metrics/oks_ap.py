"""Average precision and recall by OKS, as COCO's own evaluator counts them."""

from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from posestream.errors import DependencyError
from postprocess.metrics.coco_fields import PERSON
from postprocess.metrics.coco_results import ResultPerson
from postprocess.metrics.coco_truth import CocoTruth


@dataclass(frozen=True)
class OksFigures:
    """COCO's ten figures, each in [0, 1]; None where the truth has no person of that size.

    AP and AR are means over OKS .50, .55, … .95; the number behind a name is the OKS asked for (in hundredths);
    M: persons of 32² to 96² px, L: larger ones.
    """

    AP: float | None
    AP50: float | None
    AP75: float | None
    APM: float | None
    APL: float | None
    AR: float | None
    AR50: float | None
    AR75: float | None
    ARM: float | None
    ARL: float | None


def oks_average_precision(truth: CocoTruth, results: Sequence[ResultPerson]) -> OksFigures:
    """Count average precision and recall; the same input gives the same figures.

    pycocotools prints as it goes: standard output is cut off for that time, so call it from one thread at once.

    Raises:
        DependencyError: if pycocotools is not installed.
    """
    coco, cocoeval = _evaluator()
    with redirect_stdout(None):
        run = cocoeval.COCOeval(
            _index(coco, truth, _truth_rows(truth)), _index(coco, truth, _result_rows(results)), "keypoints"
        )
        run.params.kpt_oks_sigmas = np.array(truth.skeleton.sigmas)
        run.evaluate()
        run.accumulate()
        run.summarize()
    # COCO says -1 where there was nothing to ask for.
    return OksFigures(*(None if figure < 0 else float(figure) for figure in run.stats))


def _evaluator() -> tuple[ModuleType, ModuleType]:
    try:
        from pycocotools import coco, cocoeval  # noqa: PLC0415  # an extra: only evaluation needs it
    except ImportError as exc:
        raise DependencyError(
            "pycocotools is not installed: evaluation needs it, run: pip install 'posestream[eval]'"
        ) from exc
    return coco, cocoeval


def _index(coco: ModuleType, truth: CocoTruth, rows: list[dict[str, Any]]) -> Any:  # noqa: ANN401  # pycocotools is untyped
    """Give rows as a COCO object; not by loadRes, which fails on an empty list and changes its input."""
    index = coco.COCO()
    index.dataset = {
        "images": [{"id": image_id} for image_id in truth.image_ids],
        "categories": [{"id": PERSON, "name": "person"}],
        "annotations": rows,
    }
    index.createIndex()
    return index


def _truth_rows(truth: CocoTruth) -> list[dict[str, Any]]:
    # Ids from 1: COCOeval takes 0 for "no match".
    return [
        {
            "id": number,
            "image_id": person.image_id,
            "category_id": PERSON,
            "keypoints": person.keypoints.ravel().tolist(),
            "num_keypoints": int(person.labelled.sum()),
            "bbox": person.box.tolist(),
            "area": person.area,
            "iscrowd": int(person.crowd),
        }
        for number, person in enumerate(truth.persons, start=1)
    ]


def _result_rows(results: Sequence[ResultPerson]) -> list[dict[str, Any]]:
    rows = []
    for number, result in enumerate(results, start=1):
        # As loadRes does: a result's size is that of the box around all of its joints.
        low, high = result.keypoints[:, :2].min(axis=0), result.keypoints[:, :2].max(axis=0)
        rows.append(
            {
                "id": number,
                "image_id": result.image_id,
                "category_id": PERSON,
                "keypoints": result.keypoints.ravel().tolist(),
                "score": result.score,
                "bbox": [*low.tolist(), *(high - low).tolist()],
                "area": float(np.prod(high - low)),
            }
        )
    return rows
