import re
from pathlib import Path

import numpy as np
import pytest

from posestream.errors import OutputMismatch
from postprocess import decoders
from postprocess.decoders import BOX_DECODERS, POSE_DECODERS, DecodedBoxes, DecodedPoses
from postprocess.decoders.result import single_output


def floats(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


@pytest.mark.parametrize("persons", [0, 1, 3])
def test_arrays_of_the_same_persons_are_taken_and_frozen(persons: int) -> None:
    found = DecodedPoses(floats(persons, 17, 2), floats(persons, 17), floats(persons, 4), floats(persons))
    boxes = DecodedBoxes(floats(persons, 4), floats(persons))
    for array in (found.keypoints, found.keypoint_scores, found.boxes, found.scores, boxes.boxes, boxes.scores):
        assert not array.flags.writeable


@pytest.mark.parametrize(
    ("shapes", "wanted"),
    [
        (((2, 17, 3), (2, 17), (2, 4), (2,)), "keypoints: wanted shape"),
        (((2, 16, 2), (2, 17), (2, 4), (2,)), "keypoints: wanted shape"),
        (((2, 17, 2), (2, 17), (1, 4), (2,)), "boxes: wanted shape"),
        (((2, 17, 2), (2, 17), (2, 4), (3,)), "scores: wanted shape"),
    ],
)
def test_arrays_of_different_persons_are_refused(shapes: tuple[tuple[int, ...], ...], wanted: str) -> None:
    with pytest.raises(ValueError, match=wanted):
        DecodedPoses(*(floats(*shape) for shape in shapes))


def test_boxes_without_their_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="scores: wanted shape"):
        DecodedBoxes(floats(2, 4), floats(1))


def test_an_output_is_found_by_its_shape_in_any_order() -> None:
    wanted = np.arange(6, dtype=np.float64).reshape(1, 6)
    for outputs in ([floats(1, 3), wanted], [wanted, floats(1, 3)]):
        got = single_output("any", outputs, (1, 6))
        assert got.dtype == np.float32
        assert got.tolist() == wanted.tolist()


def test_a_side_may_be_of_any_length() -> None:
    assert single_output("any", [floats(2, 6), floats(1, 5)], (None, 6)).shape == (2, 6)
    with pytest.raises(OutputMismatch, match=r"wanted one output of shape \[any, 6\], got \[2, 7\], \[6\]"):
        single_output("any", [floats(2, 7), floats(6)], (None, 6))


@pytest.mark.parametrize(
    ("outputs", "got"),
    [
        ([], "no output"),
        ([floats(1, 5)], "[1, 5]"),
        ([floats(1, 5), floats(6)], "[1, 5], [6]"),
        ([floats(1, 6), floats(1, 6)], "[1, 6], [1, 6]"),
        ([np.array([[0, 1, 2, np.nan, 4, 5]], np.float32)], "NaN or infinity"),
        ([np.array([[0, 1, 2, np.inf, 4, 5]], np.float32)], "NaN or infinity"),
    ],
)
def test_a_foreign_output_is_refused_by_what_was_wanted_and_what_came(outputs: list[np.ndarray], got: str) -> None:
    with pytest.raises(OutputMismatch) as caught:
        single_output("thing", outputs, (1, 6))
    assert str(caught.value).startswith("thing: wanted ")
    assert got in str(caught.value)
    assert "\n" not in str(caught.value)
    assert got == caught.value.got


def test_the_tables_name_every_decoder_that_there_is() -> None:
    named = {**POSE_DECODERS, **BOX_DECODERS}
    assert len(named) == len(POSE_DECODERS) + len(BOX_DECODERS)
    assert all(decode.__name__ == f"decode_{name}" for name, decode in named.items())
    folder = Path(decoders.__file__).parent
    texts = [path.read_text() for path in folder.glob("*.py")]
    written = {name for text in texts for name in re.findall(r"^def decode_(\w+)", text, re.MULTILINE)}
    # No card names BlazePose's detector: it gives keypoints beside boxes.
    assert written - set(named) == {"blazepose_detector"}
