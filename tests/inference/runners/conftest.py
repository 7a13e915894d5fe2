"""The tiny network as an ONNX file."""

import sys
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import helper, numpy_helper

sys.path.insert(0, str(Path(__file__).parent))  # for fake_tensorrt: there are no packages under tests

LEAK = 0.125


@pytest.fixture
def tiny_onnx(tiny: Any, tmp_path: Path) -> Path:  # noqa: ANN401  # conftest's TinyNetwork: files cannot import each other
    """`tiny` in ONNX: NHWC in and out, any height and width."""
    weights = {name: values.astype("float32") for name, values in tiny.weights.items() if name != "places"}
    weights["wide"] = weights["wide"].transpose(3, 2, 0, 1)
    weights["deep"] = weights["deep"].transpose(2, 3, 0, 1)
    conv = {"pads": [1, 1, 1, 1], "kernel_shape": [3, 3]}
    nodes = [
        helper.make_node("Transpose", ["x"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["planes", "wide", "wide_bias"], ["a"], **conv),
        helper.make_node("Clip", ["a", "zero", "six"], ["b"]),
        helper.make_node("Conv", ["b", "deep", "deep_bias"], ["c"], group=4, **conv),
        helper.make_node("LeakyRelu", ["c"], ["d"], alpha=LEAK),
        helper.make_node("Transpose", ["d"], ["map"], perm=[0, 2, 3, 1]),
        helper.make_node("ReduceMean", ["map"], ["mean"], axes=[1, 2], keepdims=0),
    ]
    constants = [numpy_helper.from_array(values, name) for name, values in weights.items()]
    constants += [helper.make_tensor(name, 1, [], [value]) for name, value in (("zero", 0.0), ("six", 6.0))]
    image = helper.make_tensor_value_info("x", 1, [1, "h", "w", 3])
    outputs = [
        helper.make_tensor_value_info("map", 1, [1, "h", "w", 4]),
        helper.make_tensor_value_info("mean", 1, [1, 4]),
    ]
    graph = helper.make_graph(nodes, "tiny", [image], outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    path = tmp_path / "tiny.onnx"
    onnx.save(model, path)
    return path


@pytest.fixture
def batched_onnx(tiny_onnx: Path) -> Path:
    """`tiny_onnx` for any number of pictures at once."""
    model = onnx.load(tiny_onnx)
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "n"
    path = tiny_onnx.with_name("batched.onnx")
    onnx.save(model, path)
    return path
