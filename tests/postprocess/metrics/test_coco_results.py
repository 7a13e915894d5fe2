from collections.abc import Callable
from typing import Any

import pytest

from posestream.errors import InputError
from postprocess.metrics.coco_results import best_of, read_results
from postprocess.metrics.coco_truth import read_truth

Row = dict[str, Any]
Make = Callable[..., Row]


def test_no_row_is_a_legal_answer(tree: Make) -> None:
    assert read_results([], read_truth(tree())) == ()
    assert best_of([], 1) == []


def test_a_row_is_typed_and_read_only(tree: Make, found: Make) -> None:
    (result,) = read_results([found(score=2)], read_truth(tree()))
    assert (result.image_id, result.score, result.keypoints.shape) == (1, 2.0, (17, 3))
    with pytest.raises(ValueError, match="read-only"):
        result.keypoints[0, 0] = 1.0


def test_the_best_twenty_of_an_image(tree: Make, found: Make) -> None:
    rows = [found(at=(number, 0), score=number % 11) for number in range(30)] + [found(image_id=2, score=99)]
    best = best_of(read_results(rows, read_truth(tree(images=2))), 1)
    assert [result.score for result in best[:4]] == [10, 10, 9, 9]
    assert [result.keypoints[0, 0] for result in best[:2]] == [60, 71], "equal scores keep their order"
    assert len(best) == 20


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"image_id": 7}, "results[0].image_id: the truth has no image 7"),
        ({"image_id": "1"}, "results[0].image_id: wanted a whole number, got a str"),
        ({"category_id": 2}, "results[0].category_id: wanted 1 (person), got 2"),
        ({"keypoints": []}, "results[0].keypoints: wanted 51 numbers, got 0"),
        ({"score": None}, "results[0].score: wanted a number, got null"),
    ],
)
def test_broken_rows_are_told_in_one_line(tree: Make, found: Make, fields: Row, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_results([found(**fields)], read_truth(tree()))
    assert str(caught.value) == message


@pytest.mark.parametrize("key", ["image_id", "category_id", "keypoints", "score"])
def test_missing_fields_are_named(tree: Make, found: Make, key: str) -> None:
    row = found()
    del row[key]
    with pytest.raises(InputError, match=rf"^results\[0\]: wanted a field '{key}', there is none$"):
        read_results([row], read_truth(tree()))


@pytest.mark.parametrize("rows", [None, {}, "rows"])
def test_results_that_are_no_array(tree: Make, rows: object) -> None:
    with pytest.raises(InputError, match=r"^results: wanted an array, got "):
        read_results(rows, read_truth(tree()))
