from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.looks import TILE, ManyLooks, View, open_network, views_of
from inference.models.card import ModelCard
from inference.network import Network
from inference.runners.runner import FunctionRunner, Tensor
from posestream.skeletons import COCO17
from postprocess.decoders import DecodedPoses

Array = NDArray[np.float32]
Make = Callable[..., ManyLooks]
OFF = 1.5  # px of the input by which the network errs, always to the right


@pytest.fixture
def crops(own_networks: ModuleType) -> Callable[[Any], Network]:
    """``crops(look)``: a network of crops whose joints lie where the light is, a little too far to the right."""

    def answer(tensor: Tensor) -> list[Tensor]:
        light = tensor[0].sum(axis=0).astype(np.float64)
        rows, columns = np.mgrid[:64, :64] + 0.5
        x, y = (light * columns).sum() / light.sum() + OFF, (light * rows).sum() / light.sum()
        return [np.tile(np.array([y / 64, x / 64, 0.8], np.float32), (1, 1, 17, 1))]

    def make(look: Any) -> Network:  # noqa: ANN401  # as YAML holds it
        card = ModelCard.model_validate(own_networks.SINGLE | ({"look": look} if look else {}))
        return (ManyLooks if look else Network)(card, FunctionRunner(answer))

    return make


def dot(height: int, width: int, *places: tuple[float, float], spread: float = 6.0) -> NDArray[np.uint8]:
    rows, columns = np.mgrid[:height, :width] + 0.5
    light = sum(np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * spread**2)) for x, y in places)
    return np.repeat(np.round(np.clip(light, 0, 1) * 255).astype(np.uint8)[..., None], 3, axis=2)


def test_an_error_to_one_side_is_gone_when_the_mirrored_crop_is_seen_too(crops: Callable[[Any], Network]) -> None:
    picture, at = dot(240, 320, (150.0, 110.0)), np.array([150.0, 110.0])
    boxes = np.array([[100, 60, 190, 170], [90, 50, 200, 180]], np.float32)
    plain, both = (crops(look).joints([picture], [boxes])[0] for look in (None, {"flip": True}))
    for one, two in zip(plain, both, strict=True):
        assert np.abs(one.keypoints - at).max() > 2
        assert np.abs(two.keypoints - at).max() < 0.3
        assert two.keypoint_scores.tolist() == pytest.approx(np.full((1, 17), 0.8))


def test_crops_of_several_pictures_and_of_none(crops: Callable[[Any], Network]) -> None:
    network, empty = crops({"flip": True}), np.zeros((0, 4), np.float32)
    assert network.joints([], []) == []
    box = np.array([[100, 60, 190, 170]], np.float32)
    pictures = [dot(240, 320, (150.0, 110.0)), dot(200, 300, (140.0, 100.0))]
    first, second, none = network.joints([*pictures, pictures[0]], [box, box, empty])
    assert none == []
    assert np.abs(first[0].keypoints - [150, 110]).max() < 0.3
    assert np.abs(second[0].keypoints - [140, 100]).max() < 0.3


@pytest.fixture
def whole(own_networks: ModuleType) -> Make:
    """``whole(seen, **look)``: whole pictures; a person for each of up to six lights that are 8 px wide or more."""

    def make(seen: list[tuple[int, ...]], **look: Any) -> ManyLooks:  # noqa: ANN401  # as YAML holds it
        def answer(tensor: Tensor) -> list[Tensor]:
            seen.append(tensor.shape)
            rows, columns = tensor.shape[2:]
            light = tensor[0, 0] > 127
            persons, (height, width) = np.zeros((1, 6, 56), np.float32), (rows, columns)
            if light.any():
                y, x = np.argwhere(light).mean(axis=0) + 0.5
                side = np.sqrt(light.sum())
                if side >= 8:
                    joints = [(y + side * np.sin(k)) / height if axis == 0 else (x + side * np.cos(k)) / width
                              for k in range(17) for axis in (0, 1)]  # fmt: skip
                    triples = np.insert(np.array(joints).reshape(17, 2), 2, 0.9, axis=1)
                    box = [(y - side) / height, (x - side) / width, (y + side) / height, (x + side) / width]
                    persons[0, 0] = [*triples.ravel(), *box, 0.8]
            return [persons]

        plain = {"layout": "nchw", "dtype": "float32", "channels": "rgb"}
        size = {"area": 64 * 64, "multiple": 8} if look.get("scales") else {"size": [64, 64]}
        card = own_networks.MULTI | {"input": plain | size, "look": look}
        return ManyLooks(ModelCard.model_validate(card), FunctionRunner(answer))

    return make


def test_a_person_too_small_for_the_whole_picture_is_seen_in_a_part(whole: Make) -> None:
    picture, seen = dot(320, 320, (80.0, 100.0), spread=14.0), []  # 33 px wide: 6.6 of 64, and 11 in a part
    assert len(whole(seen).poses([picture])[0].scores) == 0
    (found,) = whole(seen, tiles=True).poses([picture])
    assert len(seen) == 1 + 5
    assert len(found.scores) == 1
    assert np.abs((found.boxes[0, :2] + found.boxes[0, 2:]) / 2 - [80, 100]).max() < 2


def test_a_person_whom_several_parts_see_is_there_once(whole: Make) -> None:
    picture, seen = dot(320, 320, (160.0, 160.0), spread=14.0), []
    (found,) = whole(seen, tiles=True, flip=False).poses([picture])
    assert len(found.scores) == 1


def test_scales_look_at_other_sizes(whole: Make) -> None:
    picture, seen = dot(320, 320, (80.0, 100.0), spread=14.0), []
    (found,) = whole(seen, scales=[0.5, 2.0]).poses([picture])
    assert [shape[2:] for shape in seen] == [(64, 64), (32, 32), (128, 128)]
    assert len(found.scores) == 1
    assert np.abs((found.boxes[0, :2] + found.boxes[0, 2:]) / 2 - [80, 100]).max() < 2


def test_mirrored_pictures_are_looked_at_together(whole: Make) -> None:
    pictures, seen = [dot(320, 320, (80.0, 100.0), spread=30.0), dot(320, 320, (200.0, 100.0), spread=30.0)], []
    first, second = whole(seen, flip=True).poses(pictures)
    assert len(seen) == 4
    for found, x in ((first, 80), (second, 200)):
        assert np.abs((found.boxes[0, :2] + found.boxes[0, 2:]) / 2 - [x, 100]).max() < 3


def test_the_views_of_a_picture() -> None:
    picture = np.arange(100 * 50 * 3, dtype=np.int64).reshape(50, 100, 3).astype(np.uint8)
    views = list(views_of(picture, tiles=True, flip=True))
    assert len(views) == 10
    assert views[0].window == views[1].window == (0, 0, 100, 50)
    columns, rows = round(100 * TILE), round(50 * TILE)
    assert views[-1] == View((100 - columns, 50 - rows, 100, 50), mirrored=True)
    assert np.array_equal(views[-1].cut(picture)[:, ::-1], picture[50 - rows :, 100 - columns :])
    assert len(list(views_of(picture, tiles=False, flip=False))) == 1


@pytest.mark.parametrize(
    ("box", "kept"),
    [
        ((10, 10, 20, 20), True),
        ((0, 0, 20, 20), True),  # the picture's own edge
        ((40, 10, 60, 20), False),  # cut at the right, where the picture goes on
        ((10, 20, 20, 30), False),
        ((10, 20, 20, 29), True),
    ],
)
@pytest.mark.parametrize("mirrored", [False, True])
def test_persons_cut_by_a_parts_inner_edges_are_left_to_the_others(
    box: tuple[int, ...], kept: bool, mirrored: bool
) -> None:
    x1, y1, x2, y2 = box
    seen = np.array([[60 - x2, y1, 60 - x1, y2] if mirrored else box], np.float32)
    found = DecodedPoses(np.zeros((1, 17, 2), np.float32), np.ones((1, 17), np.float32), seen, np.ones(1, np.float32))
    picture = np.zeros((50, 100, 3), np.uint8)
    assert len(View((0, 0, 60, 30), mirrored).back(found, picture, COCO17).scores) == kept
    whole = View((0, 0, 60, 30), mirrored).back(found, picture[:30, :60], COCO17)
    assert whole.boxes.tolist() == [list(box)]


def test_a_card_says_which_network_opens(own_networks: ModuleType, tmp_path: Path) -> None:
    path = own_networks.save(own_networks.single(), tmp_path / "a.onnx")
    for look, kind in ((None, Network), ({"flip": True}, ManyLooks)):
        network = open_network(ModelCard.model_validate(own_networks.SINGLE | {"look": look}), path, 1)
        assert type(network) is kind
        network.warm_up()
        network.runner.close()
