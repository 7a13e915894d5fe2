import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from posestream.errors import InputError
from postprocess.metrics import PoseFigures, evaluate_poses, read_truth

Row = dict[str, Any]
Make = Callable[..., Row]
FAR = (400, 100)


def test_nobody(tree: Make) -> None:
    assert evaluate_poses(read_truth(tree(images=3)), []).as_json() == {
        "AP": None,
        "AP50": None,
        "AP75": None,
        "APM": None,
        "APL": None,
        "AR": None,
        "PCK@0.2": None,
        "F1": None,
        "images": 3,
        "persons": 0,
    }


def test_one_of_two_found(tree: Make, labelled: Make, found: Make) -> None:
    crowd = labelled(at=(900, 900), iscrowd=1, v=0)
    figures = evaluate_poses(read_truth(tree(labelled(), labelled(at=FAR), crowd)), [found()])
    assert isinstance(figures, PoseFigures)
    assert figures.as_json() == {
        "AP": 0.50495,
        "AP50": 0.50495,
        "AP75": 0.50495,
        "APM": None,
        "APL": 0.50495,
        "AR": 0.5,
        "PCK@0.2": 0.5,
        "F1": 0.666667,
        "images": 1,
        "persons": 2,
    }
    assert json.loads(json.dumps(figures.as_json(), allow_nan=False)) == figures.as_json()


def test_results_that_do_not_fit_the_truth(tree: Make, found: Make) -> None:
    with pytest.raises(InputError, match=r"^results\[0\]\.image_id: the truth has no image 2$"):
        evaluate_poses(read_truth(tree()), [found(image_id=2)])


@pytest.mark.testdata
@pytest.mark.parametrize("file", ["coco/person_keypoints.json", "coco_train21/person_keypoints_train21.json"])
def test_the_truth_given_back_is_perfect(testdata: Path, file: str) -> None:
    truth = read_truth(json.loads((testdata / file).read_text()))
    results = [
        {"image_id": person.image_id, "category_id": 1, "score": 1.0, "keypoints": person.keypoints.ravel().tolist()}
        for person in truth.persons
        if person.counts
    ]
    figures = evaluate_poses(truth, results).as_json()
    assert [figures[name] for name in ("AP", "AP50", "AP75", "AR", "PCK@0.2", "F1")] == [1.0] * 6
