"""One network, three roads: OpenVINO on the .pb, OpenVINO on the .onnx made of it, ONNX Runtime on that."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from inference.models import built_in_cards, card_by_name
from inference.models.cache import ModelCache, default_cache
from inference.models.card import InputCard, ModelCard
from inference.models.onnx_export import onnx_card, onnx_of
from inference.network import Network
from inference.preprocess import letterbox
from inference.runners.onnxruntime import OnnxRuntimeRunner
from inference.runners.openvino import OpenVinoRunner
from inference.runners.runner import Tensor

pytestmark = [pytest.mark.weights, pytest.mark.testdata]
Size = tuple[int, int]
Pixels = NDArray[np.uint8]
MOST_DIFFERENT = 1e-4  # of an output's largest number
LEAST_LARGE = 1e-3  # that number at least: a flag of 1e-8 says no either way
MOST_PIXELS = 0.5
UNREAD = {(1, 256, 256, 1)}
"""BlazePose's mask, which no decoder reads: a sigmoid of numbers up to 1300, on which ONNX Runtime differs as much from
itself without its optimisations as it does from OpenVINO."""
SIZES: dict[str, tuple[Size, ...]] = {"movenet-multipose": ((192, 320), (256, 256))}
NETWORKS = [
    pytest.param((card, size), id=f"{card.name}-{size[0]}x{size[1]}")
    for card in built_in_cards()
    for size in SIZES.get(card.name, (card.input.size or (256, 256),))
]


@dataclass(frozen=True)
class Roads:
    """A network computed three ways."""

    of_pb: Network
    others: dict[str, Network]
    onnx: Path

    @classmethod
    def of(cls, cache: ModelCache, card: ModelCard, size: Size) -> "Roads":
        path, fits = onnx_of(card, cache, size), onnx_card(card, size)
        eats = InputCard.model_validate(fits.input.model_dump() | {"dtype": card.input.dtype})
        return cls(
            Network(card.model_copy(update={"input": eats}), OpenVinoRunner(cache.graph(card), 1)),
            {
                "OpenVINO on .onnx": Network(fits, OpenVinoRunner(path, 1)),
                "ONNX Runtime": Network(fits, OnnxRuntimeRunner(path, 1)),
            },
            path,
        )

    def close(self) -> None:
        for network in (self.of_pb, *self.others.values()):
            network.runner.close()


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory, pulled_models: None) -> ModelCache:  # noqa: ARG001  # only asks
    """The pulled models, with nothing converted beside them: what is tested is made now."""
    pulled, fresh = ModelCache(default_cache()), ModelCache(tmp_path_factory.mktemp("cache"))
    for card in built_in_cards():
        fresh.folder(card).mkdir(parents=True)
        for name in ("model.pb", "manifest.json"):
            (fresh.folder(card) / name).symlink_to(pulled.folder(card) / name)
    return fresh


@pytest.fixture(scope="module", params=NETWORKS)
def roads(request: pytest.FixtureRequest, cache: ModelCache) -> Iterator[Roads]:
    made = Roads.of(cache, *request.param)
    yield made
    made.close()


def pictures(testdata: Path) -> list[Pixels]:
    files = sorted((testdata / "coco" / "images").iterdir())
    return [np.asarray(cv2.imread(str(file))[..., ::-1], np.uint8) for file in files]


def inputs_of(roads: Roads, testdata: Path) -> Iterator[Pixels]:
    size = roads.of_pb.card.input.size
    assert size is not None
    yield np.random.default_rng(11).integers(0, 256, (*size, 3), np.uint8)
    for picture in pictures(testdata):
        yield letterbox(picture, size)[0]


def difference(got: Tensor, wanted: Tensor) -> float:
    largest = max(float(np.abs(wanted).max()), LEAST_LARGE)
    return float(np.abs(got - wanted).max()) / largest


def test_the_outputs_are_the_same(roads: Roads, testdata: Path) -> None:  # pytest's
    worst = dict.fromkeys(roads.others, 0.0)
    for pixels in inputs_of(roads, testdata):
        wanted = roads.of_pb.run([pixels])[0]
        for name, network in roads.others.items():
            got = network.run([pixels])[0]
            assert [output.shape for output in got] == [output.shape for output in wanted]
            pairs = [pair for pair in zip(got, wanted, strict=True) if pair[0].shape not in UNREAD]
            worst[name] = max(worst[name], *(difference(*pair) for pair in pairs))
    assert max(worst.values()) <= MOST_DIFFERENT, worst


def test_the_file_is_clean(roads: Roads) -> None:
    model = onnx.load(roads.onnx)
    onnx.checker.check_model(model, full_check=True)
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 17)]
    assert {node.domain for node in model.graph.node} == {""}
    kinds = {value.type.tensor_type.elem_type for value in (*model.graph.input, *model.graph.output)}
    assert kinds == {onnx.TensorProto.FLOAT}
    allowed = {onnx.TensorProto.FLOAT, onnx.TensorProto.INT32, onnx.TensorProto.INT64}
    assert {tensor.data_type for tensor in model.graph.initializer} <= allowed


def test_convolutions_follow_each_other_without_transposes(roads: Roads) -> None:
    """Few are left: at the input, and where a head's answer is read as TensorFlow laid it."""
    kinds = [node.op_type for node in onnx.load(roads.onnx).graph.node]
    assert kinds.count("Transpose") <= 7


def trio(cache: ModelCache, name: str, size: Size) -> tuple[Roads, dict[str, Network]]:
    roads = Roads.of(cache, card_by_name(name), size)
    return roads, {"OpenVINO on .pb": roads.of_pb, **roads.others}


def farthest(points: dict[str, list[NDArray[np.float32]]]) -> float:
    """The largest distance in px between what two roads give for the same thing."""
    wanted = points.pop("OpenVINO on .pb")
    worst = 0.0
    for name, got in points.items():
        for one, again in zip(got, wanted, strict=True):
            assert one.shape == again.shape, name
            worst = max(worst, float(np.linalg.norm(one - again, axis=-1).max(initial=0)))
    return worst


@pytest.mark.parametrize("size", SIZES["movenet-multipose"])
def test_the_persons_of_multipose_are_at_the_same_places(testdata: Path, cache: ModelCache, size: Size) -> None:
    roads, networks = trio(cache, "movenet-multipose", size)
    found = {name: network.poses(pictures(testdata)) for name, network in networks.items()}
    roads.close()
    assert all(sum(len(poses.scores) for poses in of) >= 8 for of in found.values())
    worst = farthest({name: [poses.keypoints for poses in of] for name, of in found.items()})
    assert worst <= MOST_PIXELS


def test_the_persons_of_nanodet_and_thunder_are_at_the_same_places(testdata: Path, cache: ModelCache) -> None:
    finders, finding = trio(cache, "nanodet", (416, 416))
    lookers, looking = trio(cache, "movenet-thunder", (256, 256))
    seen = pictures(testdata)
    boxes: dict[str, list[NDArray[np.float32]]] = {}
    joints: dict[str, list[NDArray[np.float32]]] = {}
    for name, network in finding.items():
        found = [it.boxes for it in network.boxes(seen)]
        boxes[name] = [it.reshape(-1, 2, 2) for it in found]
        joints[name] = [person.keypoints for its in looking[name].joints(seen, found) for person in its]
    finders.close()
    lookers.close()
    assert all(len(its) >= 8 for its in joints.values())
    worst = farthest(boxes), farthest(joints)
    assert max(worst) <= MOST_PIXELS
