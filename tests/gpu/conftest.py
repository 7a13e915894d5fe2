"""Devices of the tests: a real one where there is one, and the stand-in, so that the tests themselves are tested."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

sys.path.insert(0, str(Path(__file__).parents[1] / "inference" / "runners"))  # there are no packages under tests

from fake_tensorrt import fake_tensorrt

from inference.engine_cache import EngineCache
from inference.gpu.device import CudaDevice, Device
from inference.gpu.numpy_device import NumpyDevice
from inference.runners.tensorrt import TensorRtRunner
from inference.runners.tensorrt_api import import_tensorrt
from inference.runners.tensorrt_opening import EngineWish, open_tensorrt
from inference.runners.tensorrt_precision import weights_precision
from posestream.errors import PosestreamError


def no_gpu(reason: object) -> None:
    """Skip, in CI too: a machine without a GPU is no broken one. NOT shown then: anything about a GPU."""
    pytest.skip(f"NOT VERIFIED ON A GPU: {reason}")


@pytest.fixture(scope="session", params=["stand-in", "cuda"])
def device(request: pytest.FixtureRequest) -> Device:
    """The stand-in, then the first GPU."""
    if request.param == "stand-in":
        return NumpyDevice()
    try:
        return CudaDevice()
    except PosestreamError as exc:
        no_gpu(exc)
        raise


@dataclass(frozen=True)
class Gpu:
    """A device, its TensorRT, and a cache for this test."""

    device: Device
    trt: Any
    cache: EngineCache

    @property
    def real(self) -> bool:
        return isinstance(self.device, CudaDevice)

    def open(self, graph: Path, wish: EngineWish) -> TensorRtRunner:
        return open_tensorrt(self.trt, self.device, graph, wish, self.cache)


@pytest.fixture
def gpu(device: Device, tmp_path: Path) -> Gpu:
    """TensorRT on the device; on the stand-in the fake, which computes by ONNX Runtime."""
    if isinstance(device, NumpyDevice):
        trt = fake_tensorrt(11, lambda graph: weights_precision(onnx.load_model_from_string(graph)))
    else:
        try:
            trt = import_tensorrt()
        except PosestreamError as exc:
            no_gpu(exc)
    return Gpu(device, trt, EngineCache(tmp_path / "engines"))


@pytest.fixture
def convolutions(tmp_path: Path) -> Callable[[int], Path]:
    """``convolutions(channels)``: four 3x3 convolutions over 64 x 48 px, any batch; maps of 17 joints."""

    def make(channels: int) -> Path:
        chance, wide = np.random.default_rng(0), [3, channels, channels, channels, 17]
        nodes, weights, name = [], [], "x"
        for layer in range(4):
            scale = (2 / (9 * wide[layer])) ** 0.5
            values = chance.normal(0, scale, (wide[layer + 1], wide[layer], 3, 3)).astype(np.float32)
            weights.append(numpy_helper.from_array(values, f"w{layer}"))
            nodes.append(helper.make_node("Conv", [name, f"w{layer}"], [f"c{layer}"], pads=[1, 1, 1, 1]))
            name = f"c{layer}"
            if layer < 3:
                nodes.append(helper.make_node("Relu", [name], [f"r{layer}"]))
                name = f"r{layer}"
        x = helper.make_tensor_value_info("x", 1, ["n", 3, 64, 48])
        y = helper.make_tensor_value_info(name, 1, ["n", 17, 64, 48])
        graph = helper.make_graph(nodes, "g", [x], [y], weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        path = tmp_path / f"convolutions{channels}.onnx"
        onnx.save(model, path)
        return path

    return make
