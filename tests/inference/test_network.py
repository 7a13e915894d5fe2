from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.models import card_by_name
from inference.models.card import CROP_PADDING
from inference.network import MOST_AT_ONCE, Network, joined
from inference.runners.runner import FunctionRunner, Tensor
from posestream.errors import OutputMismatch
from postprocess.decoders import DecodedPoses

Array = NDArray[np.float32]


def network(name: str, function: Callable[[Tensor], list[Tensor]]) -> Network:
    return Network(card_by_name(name), FunctionRunner(function))


def black(height: int, width: int) -> NDArray[np.uint8]:
    return np.zeros((height, width, 3), np.uint8)


def one_person(share_x: float, share_y: float, box: tuple[float, float, float, float]) -> Tensor:
    """[1, 6, 56]: all joints of one person at these shares of the input; the box is x1, y1, x2, y2 in shares."""
    output = np.zeros((1, 6, 56), np.float32)
    output[0, 0] = [*[share_y, share_x, 0.9] * 17, box[1], box[0], box[3], box[2], 0.8]
    return output


@pytest.mark.parametrize("picture", [(720, 1280), (480, 640), (427, 640), (333, 500)])
def test_persons_of_the_whole_picture_come_in_its_pixels(picture: tuple[int, int]) -> None:
    seen: list[Tensor] = []

    def answer(tensor: Tensor) -> list[Tensor]:
        seen.append(tensor)
        rows, columns = tensor.shape[1:3]
        # The last pixel with light is the picture's far corner.
        far = np.argwhere(tensor[0, ..., 0] > 0).max(axis=0) + 1
        x, y = far[1] / columns, far[0] / rows
        return [one_person(x / 2, y / 4, (0, 0, x, y))]

    found = network("movenet-multipose", answer).poses([black(*picture) + np.uint8(9)])[0]
    assert seen[0].dtype == np.int32
    assert np.abs(found.keypoints - [picture[1] / 2, picture[0] / 4]).max() < 0.01
    assert np.abs(found.boxes - [0, 0, picture[1], picture[0]]).max() < 0.01
    assert found.scores.tolist() == pytest.approx([0.8])


@pytest.mark.parametrize("number", [3e38, -3e38])
def test_numbers_of_which_no_place_can_be_made_are_an_outputs_mismatch(number: float) -> None:
    single = network("movenet-thunder", lambda _: [np.full((1, 1, 17, 3), number, np.float32)])
    multi = network("movenet-multipose", lambda _: [np.full((1, 6, 56), abs(number), np.float32)])
    with pytest.raises(OutputMismatch, match=r"^movenet_single: wanted places near the picture, got "):
        single.joints([black(48, 64)], [np.array([[0, 0, 40, 40]], np.float32)])
    with pytest.raises(OutputMismatch, match=r"^movenet_multi: wanted places near the picture, got "):
        multi.poses([black(48, 64)])
    # As places in the input they are numbers, in a picture of 1000 times the size they are none.
    single = network("movenet-thunder", lambda _: [np.full((1, 1, 17, 3), number / 300, np.float32)])
    with pytest.raises(OutputMismatch, match=r"^movenet_single: wanted places near the picture, got "):
        single.joints([black(48, 64)], [np.array([[0, 0, 300_000, 300_000]], np.float32)])


def test_nobody_in_the_whole_picture() -> None:
    found = network("movenet-multipose", lambda _: [np.zeros((1, 6, 56), np.float32)]).poses([black(48, 64)])[0]
    assert found.keypoints.shape == (0, 17, 2)
    assert found.boxes.shape == (0, 4)


def nanodet_outputs(cells: dict[int, int]) -> list[Tensor]:
    """Outputs for a 416 input; ``cells`` maps a stride to the cell of a person four strides from each side."""
    outputs: list[Tensor] = []
    for stride in (8, 16, 32):
        count = (416 // stride) ** 2
        scores, logits = np.zeros((1, count, 80), np.float32), np.full((1, count, 44), -60, np.float32)
        logits[0, :, 4::11] = 0
        if stride in cells:
            scores[0, cells[stride], 0] = 0.9
        outputs += [scores, logits]
    return outputs


def test_boxes_come_in_the_pictures_pixels() -> None:
    found = network("nanodet", lambda _: nanodet_outputs({16: 26 * 5 + 7})).boxes([black(832, 832)])[0]
    # The cell's centre is (7.5, 5.5) * 16 px of 416: twice that in the picture.
    assert np.abs(found.boxes - [[(7.5 - 4) * 32, (5.5 - 4) * 32, (7.5 + 4) * 32, (5.5 + 4) * 32]]).max() < 0.01
    assert network("nanodet", lambda _: nanodet_outputs({})).boxes([black(10, 10)])[0].boxes.shape == (0, 4)


def single(share_x: float, share_y: float) -> list[Tensor]:
    return [np.array([[[[share_y, share_x, 0.7]] * 17]], np.float32)]


def test_pictures_of_one_shape_are_computed_together_and_answered_in_order() -> None:
    calls: list[list[tuple[int, ...]]] = []

    class Noting(FunctionRunner):
        def infer(self, tensors: Sequence[Tensor]) -> list[list[Tensor]]:
            calls.append([tensor.shape for tensor in tensors])
            return super().infer(tensors)

    def answer(tensor: Tensor) -> list[Tensor]:
        return [one_person(float(tensor.max()) / 255, 0.5, (0, 0, 1, 1))]

    wide, tall = (360, 640), (640, 360)
    pictures = [black(*shape) + np.uint8(shade) for shape, shade in ((wide, 10), (tall, 20), (wide, 30))]
    network_of_two = Network(card_by_name("movenet-multipose"), Noting(answer))
    found = network_of_two.poses(pictures)
    assert [len(shapes) for shapes in calls] == [2, 1]
    shares = [poses.keypoints[0, 0, 0] / picture.shape[1] for poses, picture in zip(found, pictures, strict=True)]
    assert shares == pytest.approx([10 / 255, 20 / 255, 30 / 255], abs=0.02)
    assert network_of_two.poses([]) == []
    calls.clear()
    network_of_two.poses(pictures[:1] * (MOST_AT_ONCE + 3))
    assert [len(shapes) for shapes in calls] == [MOST_AT_ONCE, 3]


def test_no_boxes_no_joints() -> None:
    assert network("movenet-thunder", lambda _: single(0.5, 0.5)).joints(
        [black(48, 64)], [np.zeros((0, 4), np.float32)]
    ) == [[]]


def test_the_joints_of_each_box_come_in_order_in_the_pictures_pixels() -> None:
    picture = black(480, 640)
    boxes = np.array([[10, 20, 110, 220], [300, 100, 400, 400], [560, 440, 660, 500]], np.float32)
    for number, (x1, y1, x2, y2) in enumerate(boxes.astype(int)):
        picture[max(y1, 0) : y2, max(x1, 0) : x2] = 50 * (number + 1)
    lights: list[int] = []

    def answer(tensor: Tensor) -> list[Tensor]:
        lights.append(int(tensor.max()))
        return single(0.5, 0.5 + 0.5 / CROP_PADDING)

    found = network("movenet-thunder", answer).joints([picture], [boxes])[0]
    assert lights == [50, 100, 150]
    assert len(found) == 3
    for poses, (x1, y1, x2, y2) in zip(found, boxes, strict=True):
        half = max(x2 - x1, y2 - y1) / 2
        assert np.abs(poses.keypoints - [(x1 + x2) / 2, (y1 + y2) / 2 + half]).max() < 0.01
        assert poses.scores.tolist() == pytest.approx([0.7])


def of(persons: int, first: float) -> DecodedPoses:
    values = np.arange(first, first + persons, dtype=np.float32)
    return DecodedPoses(
        keypoints=np.tile(values[:, None, None], (1, 17, 2)),
        keypoint_scores=np.tile(values[:, None], (1, 17)),
        boxes=np.tile(values[:, None], (1, 4)),
        scores=values,
    )


def test_answers_are_joined_in_order() -> None:
    assert joined([], 17).keypoints.shape == (0, 17, 2)
    assert joined([], 33).keypoint_scores.shape == (0, 33)
    assert joined([of(0, 0)], 17).scores.shape == (0,)
    both = joined([of(2, 1), of(0, 0), of(1, 7)], 17)
    assert both.scores.tolist() == [1, 2, 7]
    assert both.keypoints[:, 0, 0].tolist() == both.boxes[:, 0].tolist() == [1, 2, 7]


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("movenet-multipose", []),  # its input follows the picture: nothing is known before the first frame
        ("nanodet", [(1, 3, 416, 416)]),
        ("movenet-thunder", [(1, 256, 256, 3)] * 3),  # one person, then two at once
    ],
)
def test_warming_up_runs_what_does_not_depend_on_the_picture(name: str, shapes: list[tuple[int, ...]]) -> None:
    seen: list[tuple[int, ...]] = []

    def note(tensor: Tensor) -> list[Tensor]:
        seen.append(tensor.shape)
        return []

    network(name, note).warm_up()
    assert seen == shapes


def test_metres_are_joined_if_all_have_them() -> None:
    flat = of(2, 1)
    deep = replace(flat, keypoints_3d=np.arange(102, dtype=np.float32).reshape(2, 17, 3))
    both = joined([deep, deep], 17).keypoints_3d
    assert both is not None
    assert np.array_equal(both, np.concatenate([deep.keypoints_3d, deep.keypoints_3d]))
    assert joined([deep, flat], 17).keypoints_3d is None
    assert joined([flat], 17).keypoints_3d is None
