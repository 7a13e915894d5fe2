import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from posestream.errors import InputError
from posestream.skeletons import Skeleton
from postprocess.metrics.coco_truth import read_truth

Row = dict[str, Any]
Make = Callable[..., Row]


def test_nobody_is_a_legal_truth(tree: Make) -> None:
    truth = read_truth(tree(images=2))
    assert (truth.image_ids, truth.persons, truth.persons_of(1)) == ((1, 2), (), ())


def test_a_person_is_typed_and_read_only(tree: Make, labelled: Make) -> None:
    truth = read_truth(tree(labelled(v=[1] * 5 + [0] * 12), labelled(at=(300, 100), image_id=2), images=2))
    (person,) = truth.persons_of(1)
    assert person.keypoints.shape == (17, 3)
    assert person.box.tolist() == [100, 100, 100, 180]
    assert person.labelled.tolist() == [True] * 5 + [False] * 12
    assert (person.area, person.crowd, person.counts) == (10000.0, False, True)
    with pytest.raises(ValueError, match="read-only"):
        person.keypoints[0, 0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        person.box[0] = 1.0
    assert truth.images[0].file_name == "1.jpg"


@pytest.mark.parametrize("fields", [{"iscrowd": 1}, {"v": 0}])
def test_crowds_and_unlabelled_persons_do_not_count(tree: Make, labelled: Make, fields: Row) -> None:
    (person,) = read_truth(tree(labelled(**fields))).persons
    assert not person.counts


def test_an_area_that_is_not_given_is_a_share_of_the_box(tree: Make, labelled: Make) -> None:
    annotation = labelled()
    del annotation["area"]
    (person,) = read_truth(tree(annotation)).persons
    assert person.area == pytest.approx(0.53 * 100 * 180)


def test_annotations_of_other_things_are_left_out(tree: Make, labelled: Make) -> None:
    horse = {"id": 1, "image_id": 1, "category_id": 19, "bbox": [0, 0, 1, 1]}
    assert len(read_truth(tree(horse, labelled())).persons) == 1


def test_other_skeletons_have_other_counts(tree: Make, labelled: Make) -> None:
    pair = Skeleton(name="pair", keypoints=("a", "b"), sigmas=(0.1, 0.1), bones=())
    truth = read_truth(tree(labelled(keypoints=[1, 2, 2, 3, 4, 0])), pair)
    assert np.array_equal(truth.persons[0].keypoints, [[1, 2, 2], [3, 4, 0]])


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ([], "truth: wanted an object, got a list"),
        ({}, "truth: wanted a field 'images', there is none"),
        ({"images": []}, "images: wanted at least one image, got none"),
        ({"images": [3]}, "images[0]: wanted an object, got a int"),
        ({"images": [{"id": 1, "file_name": 3}]}, "images[0].file_name: wanted a text, got a int"),
        ({"images": [{"id": 1, "width": "9"}]}, "images[0].width: wanted a whole number, got a str"),
        ({"images": [{"id": 1}, {"id": 1}]}, "images: wanted unique ids, an id stands twice"),
        ({"images": [{"id": 1}]}, "truth: wanted a field 'annotations', there is none"),
        ({"images": [{"id": 1}], "annotations": {}}, "annotations: wanted an array, got a dict"),
    ],
)
def test_broken_files_are_told_in_one_line(broken: object, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_truth(broken)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"image_id": 9}, "annotations[0].image_id: there is no image 9"),
        ({"category_id": None}, "annotations[0].category_id: wanted a whole number, got null"),
        ({"keypoints": [1, 2, 2]}, "annotations[0].keypoints: wanted 51 numbers, got 3"),
        ({"keypoints": None}, "annotations[0].keypoints: wanted an array, got null"),
        (
            {"keypoints": [0.0] * 50 + [float("nan")]},
            "annotations[0].keypoints[50]: wanted a finite number up to 1e+07, got NaN or something larger",
        ),
        ({"bbox": [0, 0, 5]}, "annotations[0].bbox: wanted 4 numbers, got 3"),
        ({"bbox": [0, 0, 5, -1]}, "annotations[0].bbox: wanted width and height of at least 0, got 5 and -1"),
        ({"area": -2}, "annotations[0].area: wanted at least 0, got -2"),
        ({"area": "big"}, "annotations[0].area: wanted a number, got a str"),
        ({"iscrowd": []}, "annotations[0].iscrowd: wanted 0 or 1, got something else"),
    ],
)
def test_broken_persons_are_told_in_one_line(tree: Make, labelled: Make, fields: Row, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_truth(tree(labelled(**fields)))
    assert str(caught.value) == message


@pytest.mark.parametrize("key", ["id", "image_id", "category_id", "keypoints", "bbox"])
def test_missing_fields_are_named(tree: Make, labelled: Make, key: str) -> None:
    annotation = labelled()
    del annotation[key]
    with pytest.raises(InputError, match=rf"^annotations\[0\]: wanted a field '{key}', there is none$"):
        read_truth(tree(annotation))


def test_an_id_that_stands_twice(tree: Make, labelled: Make) -> None:
    with pytest.raises(InputError, match=r"^annotations\[1\]\.id: wanted unique ids, 5 stands twice$"):
        read_truth(tree(labelled(id=5), labelled(at=(300, 100), id=5)))


@pytest.mark.testdata
@pytest.mark.parametrize(
    ("file", "images", "persons", "counted"),
    [
        ("evaluator/example_coco_val.json", 4, 14, 12),
        ("coco/person_keypoints.json", 4, 14, 12),
        ("coco_train21/person_keypoints_train21.json", 21, 55, 55),
    ],
)
def test_real_files_load(testdata: Path, file: str, images: int, persons: int, counted: int) -> None:
    truth = read_truth(json.loads((testdata / file).read_text()))
    assert (len(truth.images), len(truth.persons)) == (images, persons)
    assert sum(person.counts for person in truth.persons) == counted
