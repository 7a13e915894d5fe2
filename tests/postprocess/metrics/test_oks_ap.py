import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from posestream.errors import DependencyError
from posestream.skeletons import CROWDPOSE14, WHOLEBODY133
from postprocess.metrics.coco_results import read_results
from postprocess.metrics.coco_truth import read_truth
from postprocess.metrics.oks_ap import OksFigures, oks_average_precision

Row = dict[str, Any]
Make = Callable[..., Row]
Measure = Callable[[list[Row], list[Row]], OksFigures]
FAR = (400, 100)


def only(figures: OksFigures, *names: str) -> list[float]:
    return [getattr(figures, name) for name in names]


@pytest.fixture
def figures(tree: Make) -> Measure:
    def measure(annotations: list[Row], results: list[Row]) -> OksFigures:
        truth = read_truth(tree(*annotations))
        return oks_average_precision(truth, read_results(results, truth))

    return measure


def test_nobody_to_find(figures: Measure, found: Make) -> None:
    nothing = OksFigures(*[None] * 10)
    assert figures([], []) == nothing
    assert figures([], [found()]) == nothing


def test_nobody_found(figures: Measure, labelled: Make) -> None:
    none_large = {"APM": 0.0, "APL": 0.0, "ARM": 0.0, "ARL": 0.0}
    both = [labelled(), labelled(at=FAR, area=2000.0)]
    assert figures(both, []) == OksFigures(AP=0.0, AP50=0.0, AP75=0.0, AR=0.0, AR50=0.0, AR75=0.0, **none_large)


def test_perfect_and_no_person_of_medium_size(figures: Measure, labelled: Make, found: Make) -> None:
    perfect = figures([labelled()], [found()])
    assert only(perfect, "AP", "AR", "APL") == pytest.approx([1.0, 1.0, 1.0])
    assert perfect.APM is None


def test_missed_and_extra_persons(figures: Measure, labelled: Make, found: Make) -> None:
    missed = figures([labelled(), labelled(at=FAR)], [found()])
    # Precision is 1 up to the recall of .5: at 51 of 101 steps.
    assert only(missed, "AP", "AR") == pytest.approx([51 / 101, 0.5])
    sure_of_nobody = figures([labelled()], [found(), found(at=FAR, score=0.99)])
    assert only(sure_of_nobody, "AP", "AR") == pytest.approx([0.5, 1.0])


def test_a_crowd_is_left_out(figures: Measure, labelled: Make, found: Make) -> None:
    crowd = labelled(at=FAR, iscrowd=1, v=0)
    crowd_found = figures([labelled(), crowd], [found(), found(at=FAR, score=0.99)])
    assert only(crowd_found, "AP", "AR") == pytest.approx([1.0, 1.0])


def test_nothing_is_printed_and_the_same_comes_again(
    figures: Measure, labelled: Make, found: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    annotations, results = [labelled(id=0)], [found(moved={0: (20, 0), 9: (70, 0)})]
    assert figures(annotations, results) == figures(annotations, results)
    assert capsys.readouterr() == ("", "")


def test_without_pycocotools_the_extra_is_named(figures: Measure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pycocotools", None)
    with pytest.raises(DependencyError, match=r"^pycocotools is not installed: .*posestream\[eval\]'$"):
        figures([], [])


@pytest.mark.testdata
def test_the_figures_of_the_original_evaluator(testdata: Path) -> None:
    place = testdata / "evaluator"
    truth = read_truth(json.loads((place / "example_coco_val.json").read_text()))
    results = read_results(json.loads((place / "example_coco_preds.json").read_text()), truth)
    wanted = json.loads((place / "expected.json").read_text())["sets"]["example_coco"]["expected"]
    assert len(wanted) == 10
    got = vars(oks_average_precision(truth, results))
    assert {name: round(figure, 4) for name, figure in got.items()} == wanted


@pytest.mark.testdata
def test_another_skeleton_has_its_own_sigmas(testdata: Path) -> None:
    place = testdata / "evaluator"
    expected = json.loads((place / "expected.json").read_text())["sets"]["example_crowdpose"]
    tree = json.loads((place / "example_crowdpose_val.json").read_text())
    for annotation in tree["annotations"]:
        annotation.pop("area", None)
    truth = read_truth(tree, CROWDPOSE14)
    got = oks_average_precision(
        truth, read_results(json.loads((place / "example_crowdpose_preds.json").read_text()), truth)
    )
    for name in ("AP", "AP50", "AP75", "AR", "AR50", "AR75"):
        assert round(getattr(got, name), 4) == expected["expected"][name]


@pytest.mark.testdata
def test_the_figures_of_the_whole_body(testdata: Path) -> None:
    place = testdata / "evaluator"
    wanted = json.loads((place / "expected.json").read_text())["sets"]["example_wholebody"]["expected"]["all_133"]
    tree, rows = (json.loads((place / f"example_wholebody_{name}.json").read_text()) for name in ("val", "preds"))
    for row in (*tree["annotations"], *rows):
        parts = ("keypoints", "foot_kpts", "face_kpts", "lefthand_kpts", "righthand_kpts")
        row["keypoints"] = [value for part in parts for value in row[part]]
    truth = read_truth(tree, WHOLEBODY133)
    got = oks_average_precision(truth, read_results(rows, truth))
    # The original evaluator sizes the persons found by another area than COCO's: APM and APL are others.
    for name in ("AP", "AP50", "AP75", "AR", "AR50", "AR75", "ARM", "ARL"):
        assert round(getattr(got, name), 4) == wanted[name]
