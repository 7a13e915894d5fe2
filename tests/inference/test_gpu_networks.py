"""Presets on a device: which graphs become engines, of which sizes; over a fake TensorRT that computes on the CPU."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from inference.gpu.numpy_device import NumpyDevice
from inference.gpu_networks import EachSize, GpuNetworks
from inference.looks import network_of, open_network
from inference.models import card_by_name
from inference.models.cache import ModelCache, default_cache
from inference.presets import open_preset
from inference.runners.openvino import MOST_SHAPES
from inference.runners.runner import Runner, Tensor
from posestream.clock import SettableClock
from posestream.errors import ModelMissing, UsageError

sys.path.insert(0, str(Path(__file__).parent / "runners"))  # for fake_tensorrt: there are no packages under tests

from fake_tensorrt import fake_tensorrt


class Labelled:
    """A runner that answers with its own size and the tensor's first number."""

    def __init__(self, size: tuple[int, int], closed: list[tuple[int, int]]) -> None:
        self._size, self._closed = size, closed

    def infer(self, tensors: list[Tensor]) -> list[list[Tensor]]:
        return [[np.array([*self._size, tensor.flat[0]])] for tensor in tensors]

    def close(self) -> None:
        self._closed.append(self._size)


def each_size(layout: str) -> tuple[EachSize, list[tuple[int, int]], list[tuple[int, int]]]:
    opened, closed = list[tuple[int, int]](), list[tuple[int, int]]()

    def open_runner(size: tuple[int, int]) -> Runner:
        opened.append(size)
        return Labelled(size, closed)  # type: ignore[return-value]

    return EachSize(layout, open_runner), opened, closed


@pytest.mark.parametrize(("layout", "shape"), [("nhwc", (1, 4, 6, 3)), ("nchw", (1, 3, 4, 6))])
def test_each_size_has_its_runner_and_answers_keep_their_order(layout: str, shape: tuple[int, ...]) -> None:
    runner, opened, _ = each_size(layout)
    other = tuple(8 if side == 6 else side for side in shape)
    shapes = [shape, other, shape]
    answers = runner.infer([np.full(each, number) for number, each in enumerate(shapes)])
    assert [answer[0].tolist() for answer in answers] == [[4, 6, 0], [4, 8, 1], [4, 6, 2]]
    runner.infer([np.zeros(shape)])
    assert opened == [(4, 6), (4, 8)]
    assert runner.infer([]) == []


def test_few_are_kept_the_busy_ones_stay_and_all_are_freed() -> None:
    runner, opened, closed = each_size("nhwc")
    for width in range(1, 2 * MOST_SHAPES):
        runner.infer([np.zeros((1, 4, width, 3)), np.zeros((1, 4, 99, 3))])
    assert opened.count((4, 99)) == 1
    assert len(closed) == len(opened) - MOST_SHAPES
    runner.close()
    assert sorted(closed) == sorted(opened)


@pytest.mark.weights
@pytest.mark.usefixtures("pulled_models")
@pytest.mark.parametrize("version", [10, 11])
@pytest.mark.parametrize("name", ["movenet-multipose", "movenet-thunder"])
def test_built_in_networks_answer_as_on_the_cpu(tmp_path: Path, name: str, version: int) -> None:
    card = card_by_name(name)
    kept = Path("models") / card.identity
    shutil.copytree(default_cache() / kept, tmp_path / kept)
    cache, trt = ModelCache(tmp_path), fake_tensorrt(version)
    gpu = GpuNetworks(cache, trt, NumpyDevice())
    ours = network_of(gpu.card(card), gpu.runner(card))
    theirs = open_network(card, cache.graph(card), 1)
    picture = np.random.default_rng(3).integers(0, 256, (180, 320, 3), np.uint8)
    boxes = [np.array([[20.0, 10.0, 120.0, 170.0], [100.0, 0.0, 300.0, 180.0]], np.float32)]
    for network in (ours, theirs):
        network.warm_up()
    if name == "movenet-thunder":
        [left], [right] = ours.joints([picture], boxes), theirs.joints([picture], boxes)
    else:
        left, right = ours.poses([picture]), theirs.poses([picture])
    assert len(left) == len(right) > 0
    for one, other in zip(left, right, strict=True):
        assert np.abs(one.keypoints - other.keypoints).max(initial=0) < 0.5
        assert np.abs(one.keypoint_scores - other.keypoint_scores).max(initial=0) < 1e-3
    assert len(trt.built) == 1
    ours.runner.close()
    theirs.runner.close()


def test_a_model_that_was_not_pulled_is_missed_at_once(tmp_path: Path) -> None:
    gpu = GpuNetworks(ModelCache(tmp_path), fake_tensorrt(11), NumpyDevice())
    with pytest.raises(ModelMissing):
        gpu.runner(card_by_name("nanodet"))


def test_without_tensorrt_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tensorrt", "pycuda", "pycuda.driver"):
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    with pytest.raises(UsageError, match=r"posestream\[gpu"):
        open_preset("fast", ModelCache(tmp_path), 1, SettableClock(), "gpu")
